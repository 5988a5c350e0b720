/* Words in the phone's language, and elements made of them. */

const LANGUAGE_COOKIE = /(?:^|;\s*)lang=([\w-]+)/;
const YEAR_S = 365 * 24 * 3600;

/** Read a JSON island of the page. */
export const island = (id) => JSON.parse(document.getElementById(id).textContent);

/** The language of the page: the one that somebody chose, else the station's. */
export function language() {
  const chosen = LANGUAGE_COOKIE.exec(document.cookie);
  const known = chosen && document.getElementById(`words-${chosen[1]}`);
  return known ? chosen[1] : document.documentElement.lang;
}

/** Keep a language; the page has to be opened again. Works without a signal. */
export function choose(lang) {
  document.cookie = `lang=${lang}; path=/; max-age=${YEAR_S}; samesite=lax`;
}

const lang = language();
const words = island(`words-${lang}`);
document.documentElement.lang = lang;

/** Fill {names} in a text. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => (values && name in values ? values[name] : ""));

/** Return a text in the phone's language, its {names} filled. */
export function say(key, values) {
  const text = words[key];
  return text === undefined ? key : fill(text, values);
}

function set(made, name, value) {
  if (name === "class") made.className = value;
  else if (name === "text") made.textContent = value;
  else if (name === "data") Object.assign(made.dataset, value);
  else if (name in made && !name.includes("-")) made[name] = value;
  else made.setAttribute(name, value === true ? "" : value);
}

/**
 * Make an element. Of the attributes, `class`, `text` and `data` (an object) are
 * ours; what the element has as a property (type, hidden, onclick …) is set as
 * one, the rest as an attribute. null, undefined and false are left out, of
 * attributes and of children.
 */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  if (tag === "button") made.type = "button";
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) set(made, name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Replace what is in a place. */
export function refill(place, ...children) {
  while (place.firstChild) place.firstChild.remove();
  place.append(...children.filter(Boolean));
  return place;
}
