/* What the answers to a form come to; fieldmap/surveys/reading.py does the same. */

import { asDay, asNumber, holds, plainText } from "./expressions.js";
import { characters } from "./patterns.js";

/** The longest text of one answer, in characters. */
export const LONGEST_TEXT = 200;
const LARGEST = 999999999;

const fault = (name) => ({ value: null, fault: name });
const kept = (value) => ({ value, fault: "" });

function several(field, given) {
  if (!Array.isArray(given)) return fault("type");
  const codes = field.choices.map(([code]) => code);
  if (given.some((code) => !codes.includes(code))) return fault("choice");
  return kept(codes.filter((code) => given.includes(code)));
}

function whole(given) {
  const number = typeof given === "boolean" ? null : asNumber(given);
  return number !== null && Math.abs(number) <= LARGEST ? kept(number) : fault("type");
}

function oneOf(field, given) {
  const code = plainText(given);
  return field.choices.some(([known]) => known === code) ? kept(code) : fault("choice");
}

function day(given) {
  const found = asDay(given);
  return found ? kept(found.map((part) => String(part).padStart(2, "0")).join("-")) : fault("type");
}

function text(given) {
  const found = plainText(given);
  return characters(found).length <= LONGEST_TEXT ? kept(found) : fault("long");
}

const isBlank = (given) =>
  given === undefined ||
  given === null ||
  (typeof given === "string" && !plainText(given)) ||
  (Array.isArray(given) && !given.length);

/** Return an answer as it is kept, null where there is none, and what is wrong with it. */
function read(field, given) {
  if (isBlank(given) || field.type === "note") return kept(null);
  if (field.type === "select_multiple") return several(field, given);
  if (field.type === "integer") return whole(given);
  if (typeof given !== "string") return fault("type");
  return { select_one: () => oneOf(field, given), date: () => day(given), text: () => text(given) }[field.type]();
}

const given = (part, usual) => (part === undefined ? usual : part);

function checked(field, raw, scope) {
  const found = read(field, raw);
  if (found.value === null) return found;
  const own = Object.assign({}, scope, {
    answers: Object.assign({}, scope.answers, { [field.name]: found.value }),
    own: found.value,
  });
  return holds(given(field.constraint, true), own) ? found : fault("constraint");
}

/**
 * Evaluate a form as the packet carries it.
 * answers: field → answer as it was given; context: {today: "2026-03-20", facts: {channel, place}}.
 * Returns {relevant: [name], answers: {name: value}, missing: [name],
 * wrong: {name: "type" | "choice" | "long" | "constraint"}, suggestions: [code]}.
 */
export function evaluate(form, answers, context) {
  const scope = { today: context.today, facts: context.facts || {}, answers: {}, own: null };
  const relevant = [];
  const missing = [];
  const wrong = {};
  for (const field of form.fields) {
    if (!holds(given(field.relevant, true), scope)) continue;
    relevant.push(field.name);
    const found = checked(field, answers[field.name], scope);
    if (found.fault) wrong[field.name] = found.fault;
    else if (found.value !== null) scope.answers[field.name] = found.value;
    else if (field.type !== "note" && holds(given(field.required, false), scope)) missing.push(field.name);
  }
  const isFilled = Object.keys(scope.answers).length + Object.keys(wrong).length > 0;
  const found = form.suggestions.filter((one) => isFilled && holds(one.when, scope)).map((one) => one.code);
  return { relevant, answers: scope.answers, missing: isFilled ? missing : [], wrong, suggestions: [...new Set(found)] };
}
