/* A safe part of regular expressions, as fieldmap/_patterns.py reads it. The
   station has checked every pattern before it sends it. */

const LONGEST = 200;

/** Return the code points of a text: characters as people count them. */
export const characters = (text) => Array.from(text, (char) => char.codePointAt(0));

const CODE = { d: 100, zero: 48, nine: 57, dot: 46, open: 91, close: 93, hat: 94, dash: 45, back: 92 };

function one(signs, at) {
  if (signs[at] !== CODE.back) return { low: signs[at], high: signs[at], at: at + 1 };
  if (signs[at + 1] === CODE.d) return { low: CODE.zero, high: CODE.nine, at: at + 2 };
  return { low: signs[at + 1], high: signs[at + 1], at: at + 2 };
}

function several(signs, start) {
  const negated = signs[start] === CODE.hat;
  const ranges = [];
  let at = negated ? start + 1 : start;
  while (signs[at] !== CODE.close) {
    const found = one(signs, at);
    at = found.at;
    if (found.low === found.high && signs[at] === CODE.dash) {
      const last = one(signs, at + 1);
      found.high = last.high;
      at = last.at;
    }
    ranges.push([found.low, found.high]);
  }
  return { ranges, negated, at: at + 1 };
}

function charClass(signs, at) {
  if (signs[at] === CODE.dot) return { ranges: [], negated: true, at: at + 1 };
  if (signs[at] === CODE.open) return several(signs, at + 1);
  const { low, high, at: end } = one(signs, at);
  return { ranges: [[low, high]], negated: false, at: end };
}

function times(signs, at) {
  const sign = at < signs.length ? String.fromCodePoint(signs[at]) : "";
  if (sign === "?") return { least: 0, most: 1, at: at + 1 };
  if (sign === "*") return { least: 0, most: LONGEST, at: at + 1 };
  if (sign === "+") return { least: 1, most: LONGEST, at: at + 1 };
  if (sign !== "{") return { least: 1, most: 1, at };
  const text = String.fromCodePoint(...signs.slice(at));
  const [whole, least, comma, most] = /^\{(\d+)(,?)(\d*)\}/.exec(text);
  return { least: Number(least), most: Number(comma ? most : least), at: at + whole.length };
}

const takes = (piece, char) => piece.ranges.some(([low, high]) => low <= char && char <= high) !== piece.negated;

/** Return the places where a piece may end that begins at one of some places. */
function ends(piece, text, starts) {
  const found = new Set();
  for (const start of starts) {
    if (!piece.least) found.add(start);
    const last = Math.min(text.length, start + piece.most);
    for (let at = start; at < last && takes(piece, text[at]); at += 1) {
      if (at + 1 - start >= piece.least) found.add(at + 1);
    }
  }
  return found;
}

/** Return whether a pattern stands for the whole of a text. */
export function passes(text, pattern) {
  const chars = characters(text);
  if (chars.length > LONGEST) return false;
  const signs = characters(pattern);
  let places = new Set([0]);
  let at = 0;
  while (at < signs.length) {
    const piece = charClass(signs, at);
    Object.assign(piece, times(signs, piece.at));
    at = piece.at;
    places = ends(piece, chars, places);
  }
  return places.has(chars.length);
}
