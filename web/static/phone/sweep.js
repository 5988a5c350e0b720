/* The sweep: building by building, door by door, one tap for what was found. */

import { dayOf } from "./days.js";
import { ask, openSheet } from "./dialogs.js";
import { openFlag } from "./flag.js";
import { addBuilding, buildingOf, nextBuilding, nextDoor, progressOf, setResult } from "./sweep_state.js";
import { element, refill, say } from "./words.js";

const MARKS = { need: "!", no_need: "✓", nobody_home: "○", vacant: "□" };
const RESULTS = Object.keys(MARKS);
const NAME_LENGTH = 60;

const nameOf = (building) => building.name || say("grid.houses");
const back = (href, to) => element("a", { class: "button back", href, text: say("grid.back", { to }) });

/** "312 / 400" with a bar, and how many have to be tried again. */
function progress(buildings, label) {
  const { known, nobody, doors } = progressOf(buildings);
  return element("div", { class: "sweep-progress" },
    element("strong", { text: say("grid.swept", { known, doors }) }),
    nobody ? element("span", { class: "quiet", text: ` · ${say("grid.again", { count: nobody })}` }) : null,
    element("progress", { max: doors || 1, value: known, "aria-label": label }));
}

/** The newest packet's grid: one may have come while something was saved. */
const fresh = (context, code) => context.packet.grid.grids.find((grid) => grid.code === code);

const field = (text, box, hint) => element("label", { class: "field" }, text, hint ? element("span", { class: "quiet", text: ` ${hint}` }) : null, box);

async function saveBuilding(context, code, name, doors) {
  const id = await context.outbox.add("building", { grid_code: code, name, doors }, { about: `${name} ${doors}` });
  const place = addBuilding(fresh(context, code), { id, name, doors });
  await context.save();
  context.go(doors ? `#grid/sweep/${place.id}` : "#grid/sweep");
}

/** Ask for a name and a number of doors; of a known building only for the number. */
function buildingSheet(context, grid, building) {
  const { most } = context.packet.grid;
  return openSheet(say(building ? "grid.change_doors" : "grid.add_building"), (body, close) => {
    const name = element("input", { type: "text", name: "name", maxLength: NAME_LENGTH, value: building ? building.name : "", readOnly: Boolean(building) });
    const doors = element("input", { type: "number", name: "doors", min: 1, max: most.doors, inputMode: "numeric", value: building ? String(building.doors.length) : "" });
    const said = element("p", { class: "said", role: "alert", hidden: true });
    const save = async (count) => {
      try {
        await saveBuilding(context, grid.code, name.value.trim(), count);
        close();
      } catch (error) {
        said.textContent = error.message;
        said.hidden = false;
      }
    };
    const check = () => {
      const count = Number(doors.value);
      if (name.value.trim() && Number.isInteger(count) && count >= 1 && count <= most.doors) return save(count);
      said.textContent = say("grid.building_wrong", { most: most.doors });
      said.hidden = false;
      return undefined;
    };
    const gone = async () => (await ask(say("grid.take_back_sure", { name: building.name }), say("grid.take_back"))) && save(0);
    body.append(field(say("grid.building_name"), name, building ? "" : say("grid.building_hint")), field(say("grid.building_doors"), doors), said,
      element("button", { class: "primary wide save", text: say("grid.building_save"), onclick: check }),
      ...(building && building.ids.length ? [element("button", { class: "danger wide", text: say("grid.take_back"), onclick: gone })] : []));
  }, "building");
}

function buildingRow(building) {
  return element("li", {}, element("a", { class: "button building-row", href: `#grid/sweep/${building.id}` },
    element("strong", { text: nameOf(building) }), progress([building], nameOf(building))));
}

function showBuildings(main, context, grid) {
  main.append(back("#grid", say("app.grid")), element("h2", { text: `${say("grid.sweep")} · ${grid.name}` }), progress(grid.buildings, say("grid.sweep")),
    grid.buildings.length ? element("ul", { class: "rows", id: "buildings" }, ...grid.buildings.map(buildingRow)) : element("p", { class: "quiet", text: say("grid.buildings_none") }),
    element("button", { class: "primary wide", id: "add-building", text: say("grid.add_building"), onclick: () => buildingSheet(context, grid, null) }));
}

class Doors {
  constructor(main, context, grid, building, ui) {
    Object.assign(this, { context, code: grid.code, id: building.id, ui, busy: false });
    this.head = element("div", { class: "sweep-head" });
    this.list = element("ul", { class: "doors", "aria-label": say("grid.doors", { building: nameOf(building) }) });
    this.pad = element("section", { class: "result-pad", "aria-label": say("grid.found") });
    main.append(back("#grid/sweep", say("grid.sweep")), this.head, this.list, this.pad);
    if (ui.building !== building.id) Object.assign(ui, { building: building.id, door: nextDoor(building, ""), offer: null, said: "" });
    this.draw();
  }

  get building() {
    return buildingOf(fresh(this.context, this.code), this.id);
  }

  draw() {
    const { building, ui } = this;
    refill(this.head, element("h2", { text: nameOf(building) }), progress([building], nameOf(building)));
    refill(this.list, ...building.doors.map(([label]) => this.doorButton(building, label)), this.moreButtons(building));
    refill(this.pad, this.offer(), ...this.question(building), ui.failed ? element("p", { class: "said", role: "alert", text: ui.failed }) : null);
  }

  doorButton(building, label) {
    const found = building.results[label];
    const words = found ? say(`grid.${found.result}`) : "";
    const current = label === this.ui.door;
    return element("li", {}, element("button", {
      class: `door ${found ? found.result : "open"}`, data: { door: label }, "aria-pressed": String(current), "aria-label": `${label} ${words}`.trim(),
      onclick: () => this.choose(label),
    }, element("span", { text: label }), element("span", { class: "door-mark", "aria-hidden": "true", text: found ? MARKS[found.result] : "" })));
  }

  moreButtons(building) {
    const { context, code } = this;
    const change = building.name ? element("button", { class: "small-door", text: say("grid.change_doors"), onclick: () => buildingSheet(context, fresh(context, code), building) }) : null;
    return element("li", { class: "door-more" }, element("button", { class: "small-door", id: "add-door", text: say("grid.add_door"), onclick: () => this.addDoor() }), change);
  }

  choose(label) {
    Object.assign(this.ui, { door: label, offer: null, failed: "" });
    this.draw();
  }

  addDoor() {
    const { most } = this.context.packet.grid;
    return openSheet(say("grid.add_door"), (body, close) => {
      const label = element("input", { type: "text", name: "door", maxLength: most.label });
      const take = () => {
        if (!label.value.trim()) return;
        close();
        this.choose(label.value.trim());
      };
      body.append(field(say("grid.door_label"), label), element("button", { class: "primary wide save", text: say("app.yes"), onclick: take }));
    }, "door");
  }

  /** What was found at the current door: four big buttons under the thumb. */
  question(building) {
    const { door } = this.ui;
    if (!door) return this.finished(building);
    const found = building.results[door];
    const listed = building.doors.some(([label, household]) => label === door && household);
    const one = (result) =>
      element("button", { class: `result ${result}`, data: { result }, disabled: this.busy, "aria-pressed": String(Boolean(found) && found.result === result), onclick: () => this.tap(result) },
        element("span", { class: "result-mark", "aria-hidden": "true", text: MARKS[result] }), say(`grid.${result}`));
    return [
      element("p", { class: "asked", role: "status" }, element("strong", { text: say("grid.now_at", { door }) }), listed ? element("span", { class: "chip", text: say("grid.listed") }) : null),
      element("div", { class: "results" }, ...RESULTS.map(one)),
    ];
  }

  /** Every door has a result: on to the next building, or again to where nobody was home. */
  finished(building) {
    const { known, doors } = progressOf([building]);
    const next = nextBuilding(fresh(this.context, this.code).buildings, building);
    return [
      element("p", { class: "asked", role: "status", text: doors === known ? `✓ ${say("grid.complete")}` : say("grid.choose_door") }),
      next ? element("a", { class: "button primary next-building", href: `#grid/sweep/${next.id}`, text: say("grid.next_building", { name: nameOf(next) }) }) : null,
    ].filter(Boolean);
  }

  /** After a tap: what it was, and at a door in need, or an empty one of the list, the way to report it. */
  offer() {
    const { offer } = this.ui;
    if (!offer) return null;
    const { door, result, household } = offer;
    const told = result === "need" || (result === "vacant" && household);
    const words = say(told ? "grid.offer" : "grid.last", { door, result: say(`grid.${result}`) });
    return element("p", { class: "line saved" }, element("span", { text: words }),
      told ? element("button", { class: "report", text: say("grid.report_short"), onclick: () => this.report(offer) }) : null);
  }

  async report({ door, result, household }) {
    const { context, code, building } = this;
    const kind = result === "vacant" ? "vacant" : household ? "visit_now" : "uncovered";
    const place = household && { household_id: household, title: nameOf(building), address: door };
    await openFlag(context, fresh(context, code), { kind, door: place || null, note: place ? "" : `${nameOf(building)} ${door}` });
    this.ui.offer = null;
    this.draw();
  }

  async tap(result) {
    if (this.busy) return;
    this.busy = true;
    this.ui.failed = "";
    const { context, code, ui } = this;
    const { door } = ui;
    try {
      const at = context.vault.now().toISOString();
      const body = { building_id: this.id, grid_code: code, door, result, day: dayOf(at) };
      const id = await context.outbox.add("sweep", body);
      const { building } = this;
      setResult(building, door, { result, at, id });
      const household = (building.doors.find(([label]) => label === door) || ["", ""])[1];
      Object.assign(ui, { door: nextDoor(building, door), offer: { door, result, household } });
      await context.save();
    } catch (error) {
      ui.failed = error.message;
    }
    this.busy = false;
    this.draw();
    this.keepInSight(result);
  }

  /** The next door and, for who taps by keyboard or by ear, the same button. */
  keepInSight(result) {
    const next = this.list.querySelector('[aria-pressed="true"]');
    const button = this.pad.querySelector(`[data-result="${result}"]`);
    if (button) button.focus({ preventScroll: true });
    if (next) next.scrollIntoView({ block: "nearest" });
  }
}

/** Show the buildings of a grid, or the doors of one. */
export function showSweep(main, context, grid, id, ui) {
  const building = id && buildingOf(grid, id);
  if (building) return new Doors(main, context, grid, building, ui);
  return showBuildings(main, context, grid);
}
