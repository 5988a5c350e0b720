/* The parts of the record sheet that only ask: outcomes, choices, dates. */

import { NOTE_LENGTH, daysLater, monthLater } from "./record_rules.js";
import { element, say } from "./words.js";

/** Outcomes after which somebody may be taken off the list: for a time, or for good. */
export const PAUSES = { refused: "pause", away: "pause", hospital: "pause", moved: "pause", died: "end" };
const MARKS = { nobody: "○", refused: "✕", away: "→", hospital: "✚", moved: "⇢", died: "—", vacant: "□" };

const input = (type, name, value, more) => element("input", { type, name, value, ...more });

/** One choice that looks like a button; a radio that is ticked can be taken back where that is allowed. */
export function tick(type, name, [value, text], checked, kind = "tick") {
  const box = input(type, name, value, { checked });
  return element("label", { class: kind }, box, element("span", { text }));
}

/** A set of choices with its question above. */
export function chipset(name, legend, pairs, { type = "checkbox", ticked = [], id = "" } = {}) {
  const boxes = pairs.map((pair) => tick(type, name, pair, ticked.includes(pair[0])));
  const set = element("fieldset", { class: "chipset" }, element("legend", { text: legend }), element("div", { class: "ticks" }, ...boxes));
  if (id) set.id = id;
  return set;
}

function outcome(value, way, text, kind) {
  const box = input("radio", "outcome", value, {});
  box.dataset.way = way;
  const mark = MARKS[way] ? element("span", { class: "mark", "aria-hidden": "true", text: MARKS[way] }) : null;
  return element("label", { class: `big ${kind}` }, box, element("span", { class: "face" }, mark, element("span", { class: "way-text", text })));
}

/** "At home, all well" first and big; what else one may find as results of their own. */
export function outcomes(codes) {
  const others = codes.outcomes.filter(([code]) => code !== "seen").map(([code, text]) => outcome(code, code, text, "other"));
  const first = [outcome("seen", "well", say("record.well"), "well"), outcome("seen", "needs", say("record.needs_some"), "needs")];
  return element("fieldset", { class: "outcomes" }, element("legend", { text: say("record.outcome") }), element("div", { class: "outcome-grid" }, ...first, ...others));
}

/** Say the two first results as they are at the door or on the phone. */
export function sayWays(form, channel) {
  const call = channel === "door" ? "" : "_call";
  form.querySelector('[data-way="well"] + .face .way-text').textContent = `✓ ${say(`record.well${call}`)}`;
  form.querySelector('[data-way="needs"] + .face .way-text').textContent = `＋ ${say(`record.needs_some${call}`)}`;
}

/** What may follow from an outcome for who may say so. */
export function pauseBlock() {
  const line = (name, pause, text) =>
    element("label", { class: "line-tick", data: { pause } }, input("checkbox", name, "yes", {}), element("span", { text }));
  return element("fieldset", { id: "pause", hidden: true }, element("legend", { text: say("record.after") }),
    line("exclude", "pause", say("record.pause")), line("ended", "end", say("record.ended")),
    element("label", { class: "field", id: "until", hidden: true }, say("record.until"), input("date", "until", "", {})));
}

/** The next date, with the usual ones one tap away. */
export function nextDate(day) {
  const date = input("date", "next_day", "", { min: day });
  const quick = [["week", daysLater(day, 7)], ["fortnight", daysLater(day, 14)], ["month", monthLater(day)]];
  const set = (value) => {
    date.value = date.value === value ? "" : value;
    date.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const button = ([key, value]) =>
    element("button", { class: "quick", data: { day: value }, "aria-pressed": "false", text: say(`record.next_${key}`), onclick: () => set(value) });
  const buttons = quick.map(button);
  date.addEventListener("change", () => buttons.forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.day === date.value))));
  return element("div", { class: "field next", role: "group", "aria-label": say("record.next") },
    element("span", { text: say("record.next") }), element("div", { class: "quicks" }, ...buttons),
    element("label", { class: "other-day" }, element("span", { text: say("record.next_other") }), date));
}

export const noteField = () =>
  element("label", { class: "field" }, say("record.note"), element("textarea", { name: "note", rows: 2, maxLength: NOTE_LENGTH }));

function choose(name, text, pairs, empty) {
  const options = (empty ? [["", empty]] : []).concat(pairs).map(([value, label]) => element("option", { value, text: label }));
  return element("label", { class: "field" }, text, element("select", { name }, ...options));
}

/** What is right as it stands nearly always. */
export function moreBlock(packet, stop, today) {
  const { codes } = packet;
  const partners = stop.partners.map((one) => [one.id, one.name]);
  return element("details", { class: "more-block" }, element("summary", { text: say("record.more") }),
    element("label", { class: "field" }, say("record.day"), input("date", "day", today, { max: today })),
    choose("domain", say("record.domain"), codes.domains, say("record.domain_auto")),
    choose("kind", say("record.kind"), codes.kinds, ""),
    choose("place", say("record.place"), codes.places, ""),
    chipset("societies", say("record.societies"), codes.societies, { ticked: stop.societies }),
    partners.length ? chipset("partner_ids", say("record.partners"), partners, { ticked: stop.partners.map((one) => one.id) }) : null);
}
