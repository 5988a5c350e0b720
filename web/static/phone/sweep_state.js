/* The sweep as plain values: how far it is, which door is next, what a newer packet may not wipe out. */

const KEPT = new Set(["waiting", "held", "unreadable"]);
const order = new Intl.Collator("zh-CN", { numeric: true });

const sorted = (building) => building.doors.sort((a, b) => order.compare(a[0], b[0]));

/** Doors, those with an answer, and those where nobody opened, who have none yet. */
export function progressOf(buildings) {
  const sum = { doors: 0, known: 0, nobody: 0 };
  for (const { doors, results } of buildings) {
    sum.doors += doors.length;
    for (const { result } of Object.values(results)) sum[result === "nobody_home" ? "nobody" : "known"] += 1;
  }
  return sum;
}

/** The next door without a result, from one onward and then from the first; "" where there is none. */
export function nextDoor(building, from) {
  const labels = building.doors.map(([label]) => label);
  const at = labels.indexOf(from) + 1;
  return labels.slice(at).concat(labels.slice(0, at)).find((label) => !building.results[label]) || "";
}

/** The next building with a door that nobody tapped, from one onward and then from the first; or undefined. */
export function nextBuilding(buildings, from) {
  const at = buildings.indexOf(from) + 1;
  return buildings.slice(at).concat(buildings.slice(0, at)).find((one) => nextDoor(one, ""));
}

export const buildingOf = (grid, id) => grid.buildings.find((one) => one.id === id || one.ids.includes(id));

/** Keep a result at a door; a door that is not known yet is one more. */
export function setResult(building, door, found) {
  building.results[door] = found;
  if (!building.doors.some(([label]) => label === door)) building.doors.push([door, ""]);
  sorted(building);
}

/** Give a building so many doors: known and swept ones stay, the others are numbered. */
function resize(building, count) {
  building.doors = building.doors.filter(([label, household]) => household || building.results[label]);
  const known = new Set(building.doors.filter(([, household]) => household).map(([label]) => label));
  for (let number = 1; known.size < count; number += 1) {
    const label = String(number);
    if (!known.has(label) && !building.results[label]) building.doors.push([label, ""]);
    known.add(label);
  }
  sorted(building);
}

/** Add a building, or say anew how many doors the one of that name has; `said` is {id, name, doors}. */
export function addBuilding(grid, said) {
  let place = buildingOf(grid, said.id) || grid.buildings.find((one) => one.name === said.name);
  if (!place) grid.buildings.push((place = { id: said.id, ids: [said.id], name: said.name, doors: [], results: {} }));
  place.said = said;
  resize(place, said.doors);
  grid.buildings = grid.buildings.filter((one) => one.doors.length);
  return place;
}

function carryBuilding(building, grid, kept) {
  const { said } = building;
  const told = said && grid.buildings.some((one) => one.ids.includes(said.id));
  const place = said && kept.has(said.id) && !told ? addBuilding(grid, said) : buildingOf(grid, building.id);
  if (!place) return;
  for (const [door, found] of Object.entries(building.results)) {
    const known = place.results[door];
    const newer = !known || Date.parse(known.at) < Date.parse(found.at);
    if (found.id && kept.has(found.id) && newer) setResult(place, door, found);
  }
}

/** Return the fresh part of a packet with what this phone saved and the station has not told back yet. */
export function carryGrid(old, fresh, entries) {
  if (!old || !fresh) return fresh;
  const kept = new Set(entries.filter((entry) => KEPT.has(entry.state)).map((entry) => entry.id));
  for (const grid of fresh.grids) {
    const before = old.grids.find((one) => one.code === grid.code);
    for (const building of before ? before.buildings : []) carryBuilding(building, grid, kept);
  }
  const told = new Set(fresh.flags.map((flag) => flag.id));
  fresh.flags = old.flags.filter((flag) => flag.local && kept.has(flag.id) && !told.has(flag.id)).concat(fresh.flags);
  return fresh;
}

/** Take out what the station refused or somebody took back; returns whether anything was. */
export function dropRefused(part, entries) {
  const gone = new Set(entries.filter((entry) => !KEPT.has(entry.state)).map((entry) => entry.id));
  let dropped = false;
  for (const building of [].concat(...part.grids.map((grid) => grid.buildings))) {
    for (const [door, found] of Object.entries(building.results)) {
      if (gone.has(found.id)) dropped = delete building.results[door];
    }
  }
  const flags = part.flags.filter((flag) => !(flag.local && gone.has(flag.id)));
  dropped = dropped || flags.length < part.flags.length;
  part.flags = flags;
  return dropped;
}
