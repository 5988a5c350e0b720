/* One door: the row in the list, and what opens under it. */

import { shortDay } from "./days.js";
import { ways, navigation } from "./guide.js";
import { metresBetween, rounded } from "./geo.js";
import { doors } from "./packet.js";
import { element, language, say } from "./words.js";

const NEAR_M = 200;

export const chip = (mark, text, kind = "") =>
  element("span", { class: `chip ${kind}` }, element("span", { "aria-hidden": "true", text: `${mark} ` }), text);

const STATES = { waiting: ["…", "warn"], rejected: ["✕", "bad"], unreadable: ["✕", "bad"] };

/** What was recorded, and whether the station has it. */
function doneChip(done, context) {
  const entry = context.outbox.entries().find((one) => one.id === done.visit_id);
  const [mark, kind] = (entry && STATES[entry.state]) || ["✓", "good"];
  const made = chip(mark, `${done.label}${done.at ? ` · ${done.at}` : ""}`, kind);
  made.dataset.visit = done.visit_id;
  return made;
}

/** Tell on the rows how far the records have come. */
export function refreshMarks(place, context) {
  const recorded = new Map(doors(context.packet).filter((stop) => stop.done).map((stop) => [stop.done.visit_id, stop.done]));
  for (const old of place.querySelectorAll("[data-visit]")) {
    const done = recorded.get(old.dataset.visit);
    if (done) old.replaceWith(doneChip(done, context));
  }
}

function chips(stop, context, options) {
  const partners = stop.partners.map((partner) => chip("＋", say("today.with", { name: partner.name }), "accent"));
  const late = stop.never ? say("today.never") : stop.overdue_days ? say("today.overdue", { days: stop.overdue_days }) : "";
  return [
    options.next && chip("➤", say("today.next"), "strong"),
    stop.done && doneChip(stop.done, context),
    !stop.done && late && chip("⚠", late, "warn"),
    stop.channel !== "door" && chip("☎", say(`today.channel_${stop.channel}`), "accent"),
    ...partners,
    stop.since && !stop.done && chip("◷", say("today.since", { day: shortDay(stop.since, language()) })),
    stop.window && chip("◷", stop.window, "accent"),
    !stop.position && stop.channel === "door" && options.placed && chip("–", say("today.no_position")),
  ].filter(Boolean);
}

/** "320 米" from where somebody stands, else from the stop before. */
export function distanceText(stop, before, position) {
  if (!stop.position || stop.channel !== "door") return "";
  const from = position ? [position.lat, position.lon] : before && before.position;
  if (!from) return "";
  const metres = rounded(metresBetween(from, stop.position));
  const told = metres < 1000 ? say("today.metres", { metres }) : say("today.kilometres", { km: (metres / 1000).toFixed(1) });
  return say(position ? "today.from_me" : "today.from_before", { distance: told });
}

/** A row of the list; its body is made when it opens. */
export function stopRow(stop, context, options) {
  const open = Boolean(options.open);
  const bodyId = `stop-body-${options.key}`;
  const distance = distanceText(stop, options.before, context.position);
  const head = element(
    "button",
    { class: "stop-head", "aria-expanded": String(open), "aria-controls": bodyId, onclick: () => options.toggle(stop) },
    element("span", { class: "stop-number", text: stop.number || "＋" }),
    element(
      "span",
      { class: "stop-text" },
      element("span", { class: "stop-line" },
        element("strong", { class: "stop-title", text: stop.title }),
        stop.time && element("span", { class: "stop-time", text: stop.time })),
      element("span", { class: "stop-address", text: stop.address }),
      stop.due_words && element("span", { class: "stop-what", text: stop.due_words }),
      element("span", { class: "chips" }, ...chips(stop, context, options), distance && element("span", { class: "stop-distance", text: distance })),
    ),
  );
  const kind = `${stop.done ? " done" : ""}${options.next ? " next" : ""}`;
  const item = element("li", { class: `stop${kind}`, id: `stop-${options.key}`, data: { stop: stop.id } }, head);
  item.append(element("div", { class: "stop-body", id: bodyId, hidden: !open }, ...(open ? body(stop, context, options) : [])));
  return item;
}

function body(stop, context, options) {
  return [
    recordButton(stop, options),
    actions(stop, context, options),
    people(stop),
    stop.reason && element("p", { class: "stop-why" }, element("span", { class: "quiet", text: `${say("today.why")} ` }), stop.reason),
    near(stop, context, options),
  ].filter(Boolean);
}

const call = (phone, name) =>
  phone && element("a", { class: "call", href: `tel:${phone}`, "aria-label": say("today.call_name", { name }), text: `☎ ${say("today.call")}` });

function people(stop) {
  const row = (name, about, phone) =>
    element("li", {}, element("span", {}, name, element("span", { class: "quiet", text: about ? ` ${about}` : "" })), call(phone, name));
  const all = stop.people.map((person) => row(person.name, person.about, person.phone));
  all.push(...stop.partners.map((partner) => row(partner.name, say("today.goes_along"), partner.phone)));
  return element("ul", { class: "people" }, ...all);
}

const recordButton = (stop, options) =>
  element("button", { class: "primary wide record", text: say(stop.done ? "today.record_again" : "today.record"), onclick: () => options.record(stop) });

/** The turns in words where they hold, else the map. */
function wayButton(stop, context, options) {
  if (ways(stop, context)) return element("button", { class: "turns", text: `↱ ${say("guide.turns")}`, onclick: () => options.turns(stop) });
  const mapped = context.packet.route && stop.channel === "door" && stop.position && !stop.done;
  return mapped && element("button", { class: "on-map", text: `◫ ${say("guide.follow_map")}`, onclick: options.map });
}

function actions(stop, context, options) {
  const navigable = stop.links.length || stop.coordinates;
  const made = [
    navigable && element("button", { class: "navigate", text: `➤ ${say("guide.navigate")}`, onclick: () => navigation(stop, context) }),
    wayButton(stop, context, options),
    options.later && element("button", { text: `↓ ${say("today.later")}`, onclick: () => options.later(stop) }),
  ].filter(Boolean);
  return made.length ? element("div", { class: "actions" }, ...made) : null;
}

/** People due soon who live next door to a stop. */
export function neighboursOf(place, packet, within = NEAR_M) {
  if (!place) return [];
  return (packet.neighbours || [])
    .filter((door) => !door.done && door.position && metresBetween(place, door.position) <= within)
    .sort((a, b) => metresBetween(place, a.position) - metresBetween(place, b.position));
}

function near(stop, context, options) {
  const found = options.neighbour || stop.channel !== "door" ? [] : neighboursOf(stop.position, context.packet);
  return found.length ? offer(say("today.near_stop"), found, options.record) : null;
}

/** Doors that are offered on the way: a name, what is due, one button each. */
export function offer(title, doors, record) {
  const row = (door) =>
    element("li", {},
      element("span", {}, element("strong", { text: door.title }), " ", element("span", { class: "quiet", text: door.due_words || door.address })),
      element("button", { text: say("today.record"), "aria-label": `${say("today.record")} ${door.title}`, onclick: () => record(door) }));
  return element("div", { class: "offer" }, element("p", {}, element("strong", { text: title })), element("ul", {}, ...doors.map(row)));
}
