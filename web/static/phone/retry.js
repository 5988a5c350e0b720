/* Nobody opened: when to try again. The rule is the station's (packet.retry), told alike in fieldmap/retry.py. */

import { clock, dayOf, momentOf } from "./days.js";

const HOUR_MS = 3600 * 1000;

/**
 * What to do after nobody opened for the n-th time in a row:
 * {what: "later_today" | "tomorrow" | "tell", time: "HH:MM" or ""}.
 */
export function nextTry(tries, moment, ladder) {
  const now = new Date(moment);
  if (tries >= ladder.tries) return { what: "tell", time: "" };
  const later = new Date(now.getTime() + ladder.again_h * HOUR_MS);
  const sameDay = dayOf(later) === dayOf(now) && later <= momentOf(dayOf(now), ladder.latest.slice(0, 5));
  return tries === 1 && sameDay ? { what: "later_today", time: clock(later) } : { what: "tomorrow", time: "" };
}
