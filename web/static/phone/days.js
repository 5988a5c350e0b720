/* Days and hours as a clock in China shows them, whatever the phone's own zone is. */

const CHINA_MS = 8 * 3600 * 1000;

const china = (moment) => new Date(new Date(moment).getTime() + CHINA_MS);

/** "17:42" of an instant. */
export const clock = (moment) => china(moment).toISOString().slice(11, 16);

/** "2026-03-20" of an instant. */
export const dayOf = (moment) => china(moment).toISOString().slice(0, 10);

/** Return the day it is now by the calendar of a packet, which may show another day than the clock (a course, the demo). */
export function todayOf(packet, now) {
  const passed = Date.parse(dayOf(now)) - Date.parse(dayOf(packet.made_at));
  return new Date(Date.parse(packet.day) + passed).toISOString().slice(0, 10);
}

/** "4月1日" of "2026-04-01", in a language. */
export const shortDay = (day, lang) => new Date(`${day}T00:00:00Z`).toLocaleDateString(lang, { month: "short", day: "numeric", timeZone: "UTC" });

/** Return the instant at which a clock in China shows "HH:MM" on a day. */
export const momentOf = (day, time) => new Date(`${day}T${time}:00+08:00`);
