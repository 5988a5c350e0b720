/* What was recorded and is not held by the station yet: kept in this page's
   memory only, sent again when there is a signal, shown until it is held.
   Every record carries an id made here, so that sending it twice is harmless. */

const RETRY_MS = 15_000;

/** Return a random UUID; also where the page is not served by https or localhost. */
export function uuid() {
  if (globalThis.crypto.randomUUID) return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const meta = () => document.querySelector('meta[name="csrf"]');

const owner = (page) => JSON.parse(page.getElementById("packet").textContent).account;

/** Take over the form token of a sign-in that happened elsewhere, if it is the same person's. */
async function renewToken() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, redirect: "manual" });
  if (!answer.ok) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector('meta[name="csrf"]')?.content;
  if (!fresh || fresh === meta().content || owner(page) !== owner(document)) return false;
  meta().content = fresh;
  return true;
}

/**
 * Entries waiting for one address.
 * entry = {record, state: "waiting" | "offline" | "sign-in" | "refused", message, fields}
 * fields = [{field, message}]: what the station found wrong, where it said so by field.
 * Events: "change" (anything), "held" (detail: {entry, receipt}).
 */
export class Outbox extends EventTarget {
  #url;
  #entries = new Map();
  #busy = false;
  #again = false;

  constructor(url) {
    super();
    this.#url = url;
    addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => document.hidden || this.flush());
    addEventListener("beforeunload", (event) => {
      if (this.#entries.size) event.preventDefault();
    });
    setInterval(() => this.flush(), RETRY_MS);
  }

  get entries() {
    return [...this.#entries.values()];
  }

  add(record, about) {
    this.#entries.set(record.id, { record, about, state: "waiting", message: "", fields: [] });
    this.#changed();
    return this.flush();
  }

  drop(id) {
    this.#entries.delete(id);
    this.#changed();
  }

  /** Send everything that was not refused, one after the other. */
  async flush() {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    try {
      do {
        this.#again = false;
        for (const entry of this.entries) {
          if (entry.state !== "refused" && this.#entries.has(entry.record.id)) await this.#send(entry);
        }
      } while (this.#again);
    } finally {
      this.#busy = false;
    }
  }

  async #send(entry) {
    let answer, body;
    try {
      answer = await this.#post(entry.record);
      if (answer.status === 403 && (await answer.clone().json()).code === "access.form" && (await renewToken())) {
        answer = await this.#post(entry.record);
      }
      body = await answer.json();
    } catch {
      return this.#set(entry, "offline", "");
    }
    if (answer.ok) {
      this.#entries.delete(entry.record.id);
      this.dispatchEvent(new CustomEvent("held", { detail: { entry, receipt: body } }));
      return this.#changed();
    }
    if (answer.status === 401 || body.code === "access.form") return this.#set(entry, "sign-in", "");
    // too busy or broken over there: it will pass
    if (answer.status >= 500 || answer.status === 429) return this.#set(entry, "offline", "");
    return this.#set(entry, "refused", body.message ?? String(answer.status), body.details?.fields ?? []);
  }

  #post(record) {
    return fetch(this.#url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF": meta().content },
      body: JSON.stringify(record),
    });
  }

  #set(entry, state, message, fields = []) {
    entry.state = state;
    entry.message = message;
    entry.fields = fields;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** Fill {names} in a text. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

/** Make an element with a class and a text. */
export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

/** Read a JSON island of the page. */
export const island = (id) => JSON.parse(document.getElementById(id).textContent);

/** Show what waits in a list; onEdit(entry) reopens a refused one. */
export function showWaiting(list, outbox, texts, onEdit) {
  const draw = () => list.replaceChildren(...outbox.entries.map((entry) => row(entry)));
  const row = (entry) => {
    const item = element("li", `waiting ${entry.state}`);
    item.append(element("strong", "", entry.about));
    const said = { waiting: texts.waiting, offline: texts.retry, "sign-in": texts.sign_in }[entry.state];
    item.append(element("span", "waiting-said", said ?? entry.message));
    if (entry.state === "sign-in") {
      const link = element("a", "button", texts.sign_in_link);
      link.href = "/sign-in";
      link.target = "_blank";
      item.append(link);
    }
    if (entry.state === "refused") item.append(...choices(entry));
    return item;
  };
  const choices = (entry) => {
    const edit = element("button", "", texts.edit);
    edit.type = "button";
    edit.addEventListener("click", () => onEdit(entry));
    const drop = element("button", "link", texts.drop);
    drop.type = "button";
    drop.addEventListener("click", () => confirm(texts.sure) && outbox.drop(entry.record.id));
    return [edit, drop];
  };
  outbox.addEventListener("change", draw);
  draw();
}
