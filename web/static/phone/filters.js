/* Which stops are shown: the same choice for the list and the map. */

const LATE = (stop) => stop.overdue_days > 0 || stop.never;

/** Name → does it show a stop? In the order in which they are offered. */
export const FILTERS = {
  all: () => true,
  todo: (stop) => !stop.done,
  done: (stop) => Boolean(stop.done),
  calls: (stop) => stop.channel !== "door",
  overdue: LATE,
};

/** The stops that a filter shows. */
export const filtered = (stops, name) => stops.filter(FILTERS[name] || FILTERS.all);

/** [[name, how many]]: the filters that would show something, "all" always. */
export function offered(stops) {
  return Object.keys(FILTERS)
    .map((name) => [name, filtered(stops, name).length])
    .filter(([name, count]) => name === "all" || (count && count < stops.length));
}
