/* What this phone holds, and what the station holds of what was recorded on it, in words. */

import { clock, dayOf, shortDay } from "./days.js";

/**
 * Return {mark, line: [key, values]}: ready, or from which day the packet is. A route is for one day; a list
 * is good as long as the phone may read it (`expires_at`).
 */
export function packetLine({ kind, lang, made_at, stops }, now, expires_at) {
  // not the packet's day: a station may show another one (a course, the demo)
  const made = dayOf(made_at);
  const count = stops.length;
  if (made === dayOf(now)) return { mark: "ok", line: [count ? "app.ready" : "app.ready_none", { count, time: clock(made_at) }] };
  if (kind !== "list" || !expires_at) return { mark: "wait", line: ["app.old_packet", { day: shortDay(made, lang) }] };
  const values = { day: shortDay(made, lang), until: shortDay(dayOf(expires_at), lang), time: clock(expires_at) };
  return { mark: "ok", line: ["app.old_list", values] };
}

/**
 * Return {mark, lines: [[key, values]…]}: records first, photos as long as some are on their way;
 * without lines there is nothing to say. `told` and `photos` come from the outbox.
 */
export function heldLines(told, photos) {
  const late = photos.held < photos.all;
  const { all, held } = told;
  const lines = [];
  if (all) lines.push([all === held ? "app.held_all" : "app.held_some", { all, held, time: told.time || "" }]);
  if (late) lines.push(["app.held_photos", photos]);
  return { mark: all === held && !late ? "ok" : "wait", lines };
}
