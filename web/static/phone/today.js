/* The day: what is next, the list by village and building, the map; what was saved and can be taken back. */

import { turnList } from "./guide.js";
import { filtered, offered } from "./filters.js";
import { grouped, inOrder, nextStop } from "./packet.js";
import { follow, whereAmI } from "./geo.js";
import { afterSaving, recordFor, undoLines } from "./after.js";
import { later } from "./later.js";
import { outingLine } from "./safety.js";
import { drawDay } from "./sketch.js";
import { neighboursOf, offer, refreshMarks, stopRow } from "./stop_card.js";
import { element, refill, say } from "./words.js";

const NEAR_ME_M = 150;

const stateOf = (context) => (context.ui = context.ui || { view: "list", filter: "all", open: "" });

const standing = (context) => (context.position ? [context.position.lat, context.position.lon] : null);

function dayLine(packet) {
  const { route, stops } = packet;
  const part = (text) => element("span", { class: "nowrap", text });
  return element("p", { class: "day" },
    element("time", { datetime: packet.day, text: packet.day_text }),
    part(say(route ? "today.stops" : "today.people_count", { count: stops.length })),
    route && part(say("today.kilometres", { km: (route.distance_m / 1000).toFixed(1) })),
    route && part(say("today.back_at", { time: route.back })));
}

/** What the station says about the day: large where there is nothing to do, small above a list. */
function message(packet) {
  if (!packet.message && !packet.advice) return null;
  if (packet.stops.length) return element("p", { class: "quiet advice", text: `${packet.message} ${packet.advice}`.trim() });
  return element("section", { class: "card empty" }, element("h2", { text: packet.message }), packet.advice && element("p", { class: "quiet", text: packet.advice }));
}

function switchBar(context, redraw) {
  const ui = stateOf(context);
  const choose = (view) =>
    element("button", { "aria-pressed": String(ui.view === view), data: { view }, text: say(`today.${view}`), onclick: () => { ui.view = view; redraw(); } });
  return element("div", { class: "switch", role: "group", "aria-label": say("today.view") }, choose("list"), choose("map"));
}

function filterChoice(context, stops, redraw) {
  const ui = stateOf(context);
  const found = offered(stops);
  if (!found.some(([name]) => name === ui.filter)) ui.filter = "all";
  if (found.length < 2) return null;
  const one = ([name, count]) => element("option", { value: name, selected: name === ui.filter, text: say(`today.filter_${name}`, { count }) });
  const choice = element("select", { class: "filter", id: "filter", "aria-label": say("today.filters") }, ...found.map(one));
  choice.onchange = () => { ui.filter = choice.value; redraw(); };
  return choice;
}

class Day {
  constructor(main, context) {
    this.context = context;
    this.main = main;
    this.body = element("div", { class: "day-body" });
    this.top = element("div", { class: "day-top" });
    this.ended = () => undefined;
    context.cleanup(() => this.ended());
  }

  show() {
    const { context, main } = this;
    this.drawTop();
    main.append(...[dayLine(context.packet), outingLine(context), this.top, message(context.packet), this.body].filter(Boolean));
    this.draw();
    context.on(context.outbox, "change", () => {
      this.drawTop();
      refreshMarks(this.body, context);
    });
    const timer = setInterval(() => this.drawTop(), 30000);
    context.cleanup(() => clearInterval(timer));
  }

  /** What can be taken back, what the station did not take, and what to do after saving. */
  drawTop() {
    const lines = undoLines(this.context, (stop, options) => this.record(stop, options));
    refill(this.top, ...lines, afterSaving(this.context, (stop) => this.record(stop), (stop) => this.later(stop)));
  }

  async record(stop, options) {
    const saved = await recordFor(this.context, stop, options);
    if (!saved) return;
    stateOf(this.context).open = "";
    this.context.draw();
    window.scrollTo(0, 0);
  }

  later(stop) {
    return later(this.context, stop);
  }

  draw() {
    this.ended();
    this.ended = () => undefined;
    const { context } = this;
    const stops = inOrder(context.packet);
    if (!stops.length) return;
    const redraw = () => this.draw();
    const placed = stops.some((stop) => stop.position);
    const ui = stateOf(context);
    if (!placed) ui.view = "list";
    const choices = element("div", { class: "choices" }, placed ? switchBar(context, redraw) : null, filterChoice(context, stops, redraw));
    const shown = filtered(stops, ui.filter);
    refill(this.body);
    if (ui.view === "map") this.drawMap(shown, choices);
    else this.drawList(stops, shown, placed, choices);
  }

  drawList(all, shown, placed, choices) {
    const { context } = this;
    const ui = stateOf(context);
    const next = nextStop(all);
    if (!next) this.body.append(element("p", { class: "card empty", text: `${say("today.all_done")} ${say("today.all_done_how")}` }));
    const row = (stop, extra) => stopRow(stop, context, { ...this.options(stop, all, placed), ...extra });
    if (next) this.body.append(element("ol", { class: "stops" }, row(next, { next: true, open: true, key: next.number })));
    this.body.append(choices);
    const rest = shown.filter((stop) => stop !== next);
    for (const village of grouped(rest)) this.body.append(this.group(village, row));
    this.body.append(...this.around().filter(Boolean));
  }

  group(village, row) {
    const ui = stateOf(this.context);
    const rows = (building) => [
      building.name && building.stops.length > 1 ? element("li", { class: "building", text: building.name }) : null,
      ...building.stops.map((stop) => row(stop, { open: ui.open === stop.id, key: stop.number })),
    ];
    const items = [].concat(...village.buildings.map(rows)).filter(Boolean);
    return element("section", { class: "village" }, village.name ? element("h2", { text: village.name }) : null, element("ol", { class: "stops" }, ...items));
  }

  options(stop, all, placed) {
    const ui = stateOf(this.context);
    const before = all[all.indexOf(stop) - 1];
    const route = this.context.packet.route;
    return {
      before,
      placed,
      record: (door) => this.record(door),
      turns: (door) => turnList(door, this.context),
      map: () => { ui.view = "map"; this.draw(); },
      later: route && !stop.done && stop.channel === "door" && this.context.packet.matrix ? (door) => this.later(door) : null,
      toggle: (door) => { ui.open = ui.open === door.id ? "" : door.id; this.draw(); this.keepInSight(door); },
    };
  }

  keepInSight(stop) {
    const item = document.getElementById(`stop-${stop.number}`);
    if (!item) return;
    item.querySelector(".stop-head").focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
  }

  /** Where somebody stands, and whose door is near; those that were seen on the way. */
  around() {
    const { context } = this;
    const near = neighboursOf(standing(context), context.packet, NEAR_ME_M);
    const done = (context.packet.neighbours || []).filter((door) => door.done);
    const row = (stop, at) => stopRow(stop, context, { ...this.options(stop, [stop], true), later: null, neighbour: true, open: false, key: `near-${at}` });
    return [
      near.length ? offer(say("today.near_me"), near, (door) => this.record(door)) : null,
      done.length ? element("section", { class: "village" }, element("h2", { text: say("today.on_the_way") }), element("ol", { class: "stops" }, ...done.map(row))) : null,
      this.locator(),
    ];
  }

  locator() {
    const said = element("span", { class: "quiet", role: "status" });
    const button = element("button", { class: "locate", text: `◎ ${say("today.locate")}` });
    button.onclick = async () => {
      said.textContent = say("guide.locating");
      try {
        this.context.position = await whereAmI();
        this.draw();
      } catch (error) {
        said.textContent = say("guide.no_position");
      }
    };
    const place = this.context.position;
    if (place) said.textContent = say("today.located", { metres: Math.round(place.accuracy_m) });
    return this.context.packet.stops.some((stop) => stop.position) ? element("div", { class: "locator" }, button, said) : null;
  }

  async drawMap(shown, choices) {
    const { context } = this;
    const box = element("div", { class: "sketch", id: "map", role: "group", "aria-label": say("guide.map_label") });
    const said = element("p", { class: "quiet", role: "status", text: say(context.packet.clip ? "guide.scale" : "guide.no_clip") });
    const button = element("button", { class: "locate", text: `◎ ${say("guide.where_am_i")}` });
    this.body.append(choices, box, element("div", { class: "locator" }, button, said));
    let gone = false;
    this.ended = () => { gone = true; };
    try {
      const day = await drawDay(box, context.packet, shown, (stop) => this.openFromMap(stop));
      if (gone) return day.remove();
      this.ended = () => day.remove();
      button.onclick = () => this.followOn(day, said);
    } catch (error) {
      refill(box, element("p", { class: "empty", text: say("guide.map_failed") }));
    }
    return undefined;
  }

  followOn(day, said) {
    let first = true;
    said.textContent = say("guide.locating");
    const show = (place) => {
      this.context.position = place;
      said.textContent = day.showPosition(place, first);
      first = false;
    };
    const stop = follow(show, () => { said.textContent = say("guide.no_position"); });
    const before = this.ended;
    this.ended = () => { stop(); before(); };
  }

  openFromMap(stop) {
    const ui = stateOf(this.context);
    Object.assign(ui, { view: "list", open: stop.id });
    this.draw();
    this.keepInSight(stop);
  }
}

export function show(main, context) {
  if (!context.packet) {
    main.append(element("section", { class: "card empty" }, element("h2", { text: say("app.no_packet") }),
      element("p", { class: "quiet", text: say("app.no_packet_how") }),
      element("button", { class: "primary", text: say("app.refresh"), onclick: () => context.refresh() })));
    return;
  }
  new Day(main, context).show();
}

