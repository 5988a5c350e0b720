/* What a visit must be before it is saved: the rules of fieldmap/visiting.py, said before it is sent. */

import { evaluate } from "./forms.js";
import { characters } from "./patterns.js";

export const NOTE_LENGTH = 500;
const LATEST_DAYS = 62;
const NEXT_DAYS = 366;
const DAY_MS = 86400000;

const dateOf = (day) => new Date(`${day}T00:00:00Z`);
const isoOf = (date) => date.toISOString().slice(0, 10);

/** Return a day some days later; days are texts 2026-03-20. */
export const daysLater = (day, count) => isoOf(new Date(dateOf(day).getTime() + count * DAY_MS));

/** Return the same day of the next month, its last where there is none. */
export function monthLater(day) {
  const date = dateOf(day);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 2, 0));
  const same = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()));
  return isoOf(same < last ? same : last);
}

const outside = (day, first, last) => Boolean(day) && !(first <= day && day <= last);

/** Return what the answers of one person lack: [{field, code, name}]. */
function answerFaults(form, clientId, answers, context) {
  const found = evaluate(form, answers, context);
  const field = (name) => `answers.${clientId}.${name}`;
  const wrong = Object.keys(found.wrong).map((name) => ({ field: field(name), code: found.wrong[name], name }));
  return wrong.concat(found.missing.map((name) => ({ field: field(name), code: "required", name })));
}

/** Return what the visit's form may know besides the answers. */
export const contextOf = (body) => ({ today: body.day, facts: { channel: body.channel, place: body.place } });

/**
 * Return what is wrong with a visit, all at once: [{field, code, name}].
 * today is the latest day it may be of; forms: client id → form.
 */
export function faultsOf(body, today, forms) {
  const found = [];
  const fault = (field, code) => found.push({ field, code, name: "" });
  if (!body.outcome) fault("outcome", "choose");
  if (!body.client_ids.length && body.outcome !== "vacant") fault("client_ids", "nobody_chosen");
  if (body.outcome === "vacant" && body.channel !== "door") fault("channel", "door_only");
  const late = outside(body.day, daysLater(today, -LATEST_DAYS), today);
  if (late) fault("day", "day_wrong");
  const day = late ? today : body.day || today;
  if (outside(body.next_day, day, daysLater(day, NEXT_DAYS))) fault("next_day", "next_day_wrong");
  if (outside(body.until, day, "9999-12-31")) fault("until", "until_wrong");
  if (characters(body.note).length > NOTE_LENGTH) fault("note", "note_long");
  const answered = Object.keys(body.answers).filter((id) => forms[id]);
  return found.concat(...answered.map((id) => answerFaults(forms[id], id, body.answers[id], contextOf(Object.assign({}, body, { day })))));
}
