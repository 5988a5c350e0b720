/* The best order of what is left, from the travel times in the packet: 2-opt and insertion.
   Promised times come first, then not knocking again too soon, then the time on the way. */

const UNREACHABLE_S = 24 * 3600;
const LONGEST_RUN = 3;

/** Seconds between two stops of a matrix {ids, seconds}; a way that is not known is a very long one. */
export function travel(matrix, from, to) {
  const [row, column] = [matrix.ids.indexOf(from), matrix.ids.indexOf(to)];
  if (row < 0 || column < 0) return UNREACHABLE_S;
  const seconds = matrix.seconds[row][column];
  return seconds < 0 ? UNREACHABLE_S : seconds;
}

/**
 * What an order costs: [seconds late for promised times, seconds too early for a second try,
 * seconds on the way]. task = {matrix, from, to, start_s, stays: {id: s}, windows: {id: [from_s, to_s]}, not_before: {id: s}}.
 */
export function costOf(order, task) {
  let [late, early, way, clock, at] = [0, 0, 0, task.start_s, task.from];
  for (const id of order) {
    const leg = travel(task.matrix, at, id);
    way += leg;
    clock += leg;
    const window = task.windows[id];
    if (window) {
      clock = Math.max(clock, window[0]);
      late += Math.max(0, clock - window[1]);
    }
    early += Math.max(0, (task.not_before[id] || 0) - clock);
    clock += task.stays[id] || 0;
    at = id;
  }
  return [late, early, way + travel(task.matrix, at, task.to)];
}

const better = (a, b) => {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && a[at] < b[at];
};

const reversed = (order, i, j) => order.slice(0, i).concat(order.slice(i, j + 1).reverse(), order.slice(j + 1));

function moved(order, from, length, to) {
  const rest = order.slice(0, from).concat(order.slice(from + length));
  return rest.slice(0, to).concat(order.slice(from, from + length), rest.slice(to));
}

function* neighbours(order) {
  const n = order.length;
  for (let i = 0; i < n - 1; i += 1) for (let j = i + 1; j < n; j += 1) yield reversed(order, i, j);
  for (let length = 1; length <= Math.min(LONGEST_RUN, n - 1); length += 1) {
    for (let from = 0; from + length <= n; from += 1) {
      for (let to = 0; to <= n - length; to += 1) if (to !== from) yield moved(order, from, length, to);
    }
  }
}

/** Improve an order until no reversal and no move of up to three makes it better. */
export function improve(order, task) {
  let [best, cost, again] = [order, costOf(order, task), true];
  while (again) {
    again = false;
    for (const other of neighbours(best)) {
      const price = costOf(other, task);
      if (better(price, cost)) {
        [best, cost, again] = [other, price, true];
        break;
      }
    }
  }
  return { order: best, cost };
}

/** The best of two beginnings: as it stands, and the nearest first. */
export function bestOrder(ids, task) {
  const near = [];
  const rest = new Set(ids);
  for (let at = task.from; rest.size; at = near[near.length - 1]) {
    const next = Array.from(rest).reduce((a, b) => (travel(task.matrix, at, b) < travel(task.matrix, at, a) ? b : a));
    near.push(next);
    rest.delete(next);
  }
  const found = [ids, near].map((order) => improve(order, task));
  return better(found[1].cost, found[0].cost) ? found[1] : found[0];
}

/** "09:30–11:00" → [34200, 39600]; null where nothing was promised. */
export function windowOf(text) {
  const found = /(\d{1,2}):(\d\d)\D+(\d{1,2}):(\d\d)/.exec(text || "");
  if (!found) return null;
  const [a, b, c, d] = found.slice(1).map(Number);
  return [a * 3600 + b * 60, c * 3600 + d * 60];
}

/** Put ids into the places that they held among all; everything else keeps its place. */
export function placed(all, order) {
  const chosen = new Set(order);
  const queue = order.slice();
  return all.map((id) => (chosen.has(id) ? queue.shift() : id));
}
