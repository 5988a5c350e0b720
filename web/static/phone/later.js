/* "Later": somebody was not at home; what is left, in the best order, as an offer. */

import { clock } from "./days.js";
import { openSheet } from "./dialogs.js";
import { inOrder } from "./packet.js";
import { bestOrder, costOf, placed, windowOf } from "./reorder.js";
import { element, say } from "./words.js";

const STAY_S = 25 * 60;
const START = "start";

const seconds = (time) => Number(time.slice(0, 2)) * 3600 + Number(time.slice(3, 5)) * 60;

/** The doors still to do; the one that is put off is among them, at the end. */
function left(packet, put_off) {
  const known = new Set(packet.matrix.ids);
  const waiting = inOrder(packet).filter((stop) => known.has(stop.id) && stop !== put_off && !stop.done);
  return known.has(put_off.id) ? waiting.concat(put_off) : waiting;
}

/** Where somebody stands: at the door that is put off, or at the last one that was recorded. */
function standingAt(packet, put_off) {
  if (packet.matrix.ids.includes(put_off.id)) return put_off.id;
  const done = inOrder(packet).filter((stop) => stop.done && packet.matrix.ids.includes(stop.id));
  return done.length ? done[done.length - 1].id : START;
}

export function taskOf(packet, put_off, now) {
  const start = seconds(clock(now));
  const windows = {};
  const stays = {};
  for (const stop of packet.stops) {
    stays[stop.id] = stop.stay_s || STAY_S;
    // what was promised to somebody who was not there binds nobody any more
    if (stop !== put_off && windowOf(stop.window)) windows[stop.id] = windowOf(stop.window);
  }
  const again_s = ((packet.retry && packet.retry.again_h) || 0) * 3600;
  return { matrix: packet.matrix, from: standingAt(packet, put_off), to: START, start_s: start, stays, windows, not_before: { [put_off.id]: start + again_s } };
}

/** The stops of the route in an order of the day; a contact's list is no part of it. */
export function onRoute(packet, order) {
  const planned = new Set(packet.stops.filter((stop) => stop.planned).map((stop) => stop.id));
  return order.filter((id) => planned.has(id));
}

async function take(context, order) {
  const { packet } = context;
  const all = inOrder(packet).map((stop) => stop.id);
  packet.order = placed(all, order);
  await context.outbox.add("order", { route_id: packet.route.id, stop_ids: onRoute(packet, packet.order) }, { about: say("app.kind_order"), undo: false });
  await context.save();
  context.draw();
}

/** Show the order that is offered; nothing changes before it is taken. */
export function later(context, stop) {
  const { packet } = context;
  const task = taskOf(packet, stop, context.vault.now());
  const ids = left(packet, stop).map((one) => one.id);
  const { order } = bestOrder(ids, task);
  const byId = new Map(packet.stops.map((one) => [one.id, one]));
  return openSheet(say("today.reorder_title", { name: stop.title }), (body, close) => {
    if (ids.length < 2) {
      body.append(element("p", { text: say("today.reorder_none") }));
      return;
    }
    const minutes = Math.round(costOf(order, task)[2] / 60);
    body.append(
      element("p", { text: say("today.reorder_how", { minutes }) }),
      element("ol", { class: "new-order" }, ...order.map((id) => element("li", {}, element("strong", { text: byId.get(id).title }), " ", element("span", { class: "quiet", text: byId.get(id).window || byId.get(id).address })))),
      element("button", { class: "primary wide", text: say("today.reorder_take"), onclick: () => { close(); take(context, order); } }),
    );
  }, "reorder");
}
