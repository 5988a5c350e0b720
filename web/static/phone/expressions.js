/* The tiny language of forms; fieldmap/expressions.py says what each part means.
   Both are held to tests/data/form_vectors.json. Empty is null. */

import { characters, passes } from "./patterns.js";

const BLANKS = "[\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]+";
const EDGES = new RegExp(`^${BLANKS}|${BLANKS}$`, "g");
const WIDE = /[\uff10-\uff19\uff0b\uff0d]/g;
const WHOLE = /^[+-]?[0-9]{1,15}$/;
const DAY = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const FIRST_YEAR = 1900;
const LAST_YEAR = 2100;
const DAY_MS = 86400000;

/** Return a text without blanks around it, full-width ones too. */
export const plainText = (text) => text.replace(EDGES, "");

const narrow = (text) => plainText(text).replace(WIDE, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0));

/** Return a value as a whole number, null where it is none. */
export function asNumber(value) {
  if (typeof value === "boolean") return Number(value);
  if (Number.isInteger(value)) return value + 0;
  if (typeof value !== "string") return null;
  const text = narrow(value);
  return WHOLE.test(text) ? Number(text) + 0 : null;
}

/** Return a text 2026-03-20 as [year, month, day], null where it is no day from 1900 to 2100. */
export function asDay(value) {
  const found = typeof value === "string" ? DAY.exec(narrow(value)) : null;
  if (!found) return null;
  const [year, month, day] = found.slice(1).map(Number);
  const made = new Date(Date.UTC(year, month - 1, day));
  const real = year >= FIRST_YEAR && year <= LAST_YEAR && made.getUTCMonth() === month - 1 && made.getUTCDate() === day;
  return real ? [year, month, day] : null;
}

const ordinal = ([year, month, day]) => Date.UTC(year, month - 1, day) / DAY_MS;

/** Return the value, null for every kind of empty. */
const filled = (value) =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && !value.length) ? null : value;

const truth = (value) => Boolean(filled(value));

const textOf = (value) => (value === null ? "" : Array.isArray(value) ? value.join(" ") : String(value));

function same(one, other) {
  if (one === null || other === null) return one === other;
  if (typeof one === "boolean" || typeof other === "boolean") return truth(one) === truth(other);
  if (typeof one === "number" || typeof other === "number") return asNumber(one) === asNumber(other);
  return textOf(one) === textOf(other);
}

/** Return two values as numbers that can be ordered: of days, or as they are. */
function pair(one, other) {
  const days = [asDay(one), asDay(other)];
  if (days[0] && days[1]) return days.map(ordinal);
  const numbers = [asNumber(one), asNumber(other)];
  return numbers.includes(null) ? null : numbers;
}

function ordered(test) {
  return ([one, other]) => {
    const found = pair(one, other);
    return found !== null && test(found[0], found[1]);
  };
}

function sum(add) {
  return (values) =>
    values.map(asNumber).reduce((one, other) => {
      const made = one === null || other === null ? null : add(one, other);
      return made !== null && Math.abs(made) <= Number.MAX_SAFE_INTEGER ? made + 0 : null;
    });
}

function selected([value, code]) {
  if (Array.isArray(value)) return value.includes(textOf(code));
  return value !== null && textOf(value) === textOf(code);
}

function years(day, today) {
  const [year, month, date] = day;
  return today[0] - year - (today[1] < month || (today[1] === month && today[2] < date) ? 1 : 0);
}

const READS = {
  value: (scope, name) => filled(scope.answers[name]),
  ".": (scope) => filled(scope.own),
  fact: (scope, name) => filled(scope.facts[name]),
  today: (scope) => scope.today,
};

const DATED = {
  age: (day, today) => years(day, today),
  "days-since": (day, today) => ordinal(today) - ordinal(day),
};

const OPERATIONS = {
  "=": ([one, other]) => same(one, other),
  "!=": ([one, other]) => !same(one, other),
  "<": ordered((one, other) => one < other),
  "<=": ordered((one, other) => one <= other),
  ">": ordered((one, other) => one > other),
  ">=": ordered((one, other) => one >= other),
  "+": sum((one, other) => one + other),
  "-": sum((one, other) => one - other),
  "*": sum((one, other) => one * other),
  and: (values) => values.every(truth),
  or: (values) => values.some(truth),
  not: ([value]) => !truth(value),
  count: (values) => values.filter(truth).length,
  selected,
  "count-selected": ([value]) => (Array.isArray(value) ? value.length : Number(value !== null)),
  length: ([value]) => characters(textOf(value)).length,
  matches: ([value, pattern]) => value !== null && passes(textOf(value), textOf(pattern)),
  coalesce: (values) => values.reduce((one, other) => (one === null ? other : one)),
  "is-empty": ([value]) => value === null,
};

/** Return the value of an expression; scope = {today, answers, facts, own}. */
export function evaluate(expression, scope) {
  if (!Array.isArray(expression)) return filled(expression);
  const [name, ...rest] = expression;
  if (name in READS) return READS[name](scope, rest[0]);
  if (name in DATED) {
    const day = asDay(evaluate(rest[0], scope));
    return day && DATED[name](day, asDay(scope.today));
  }
  if (name === "if") return evaluate(holds(rest[0], scope) ? rest[1] : rest[2], scope);
  return OPERATIONS[name](rest.map((part) => evaluate(part, scope)));
}

/** Return whether an expression holds. */
export const holds = (expression, scope) => truth(evaluate(expression, scope));
