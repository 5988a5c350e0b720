/* Today's packet as plain values: what is done, what is next, what is kept when a newer one comes. */

import { carryGrid } from "./sweep_state.js";

/** A visit may reach the station while the packet is on its way: only what was taken back is not done. */
const RECORDED = new Set(["waiting", "held", "rejected", "unreadable"]);

/** What the station received less than a minute before a packet was made may not be in it. */
const OVERLAP_MS = 60 * 1000;

/** The stops of a packet, those of the day and then the neighbours. */
export const doors = (packet) => packet.stops.concat(packet.neighbours || []);

/** The first stop without a record, or null. */
export const nextStop = (stops) => stops.find((stop) => !stop.done) || null;

export const stopById = (packet, id) => doors(packet).find((stop) => stop.id === id) || null;

/**
 * Return the fresh packet with what this phone recorded and the station has not told back yet:
 * what is done, the order of the stops that somebody chose; of a sweep also what is of another day.
 */
export function carryOver(old, fresh, entries) {
  if (!old || old.account.id !== fresh.account.id) return fresh;
  fresh.grid = carryGrid(old.grid, fresh.grid, entries);
  if (old.day !== fresh.day) return fresh;
  const recorded = new Set(entries.filter((entry) => RECORDED.has(entry.state)).map((entry) => entry.id));
  const mine = new Map(doors(old).filter((stop) => stop.done && stop.done.local).map((stop) => [stop.household_id, stop.done]));
  for (const stop of doors(fresh)) {
    const done = mine.get(stop.household_id);
    if (!stop.done && done && recorded.has(done.visit_id)) stop.done = done;
  }
  if (old.order) fresh.order = old.order;
  if (entries.some((entry) => entry.kind === "outing" && overtakes(entry, fresh))) fresh.outing = old.outing;
  return fresh;
}

const overtakes = ({ state, receipt }, packet) =>
  state === "waiting" || (state === "held" && Boolean(receipt) && receipt.ms > Date.parse(packet.made_at) - OVERLAP_MS);

/** Return the stops in the order that somebody chose on the way; new ones stay where the plan has them. */
export function inOrder(packet) {
  const order = packet.order || [];
  const place = new Map(order.map((id, at) => [id, at]));
  if (!packet.stops.every((stop) => place.has(stop.id))) return packet.stops;
  return packet.stops.slice().sort((a, b) => place.get(a.id) - place.get(b.id));
}

/** Group stops by village and, inside, by building, in the order in which they come. */
export function grouped(stops) {
  const villages = [];
  for (const stop of stops) {
    let village = villages[villages.length - 1];
    if (!village || village.name !== stop.village) villages.push((village = { name: stop.village, buildings: [] }));
    let building = village.buildings[village.buildings.length - 1];
    if (!building || building.name !== stop.building) village.buildings.push((building = { name: stop.building, stops: [] }));
    building.stops.push(stop);
  }
  return villages;
}
