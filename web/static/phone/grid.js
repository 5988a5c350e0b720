/* The grid manager's page: how her grid stands, whom nobody saw, what became of what she reported; and the sweep. */

import { openFlag } from "./flag.js";
import { showSweep } from "./sweep.js";
import { dropRefused, progressOf } from "./sweep_state.js";
import { clock } from "./days.js";
import { element, refill, say } from "./words.js";

const FIRST = 8;

const stateOf = (context) => (context.gridUi = context.gridUi || { code: "", all: false, door: "", offer: null });

/** The grid that is shown: the one chosen, else the first. */
function chosen(context) {
  const { grids } = context.packet.grid;
  return grids.find((grid) => grid.code === stateOf(context).code) || grids[0];
}

function heading(context, grid) {
  const { grids } = context.packet.grid;
  if (grids.length < 2) return element("p", { class: "day" }, element("strong", { text: grid.name }), element("span", { text: `${grid.village} ${grid.code.slice(-3)}` }));
  const option = (one) => element("option", { value: one.code, selected: one === grid, text: `${one.name} ${one.village}` });
  const choice = element("select", { class: "filter", id: "grid-choice" }, ...grids.map(option));
  choice.onchange = () => { stateOf(context).code = choice.value; context.draw(); };
  return element("label", { class: "field" }, say("grid.which"), choice);
}

function actions(grid, report) {
  const { known, doors } = progressOf(grid.buildings);
  return element("div", { class: "pair grid-actions" },
    element("button", { class: "primary", id: "report-door", text: `＋ ${say("grid.report")}`, onclick: () => report({}) }),
    element("a", { class: "button", id: "sweep", href: "#grid/sweep" }, `▦ ${say("grid.sweep")}`,
      element("span", { class: "quiet", text: doors ? say("grid.swept", { known, doors }) : "" })));
}

function figures(grid) {
  const one = (key) => element("div", {}, element("dt", { text: say(`grid.${key}`) }), element("dd", { text: String(grid.figures[key]) }));
  const small = (text) => (text ? element("p", { class: "quiet", text }) : null);
  return element("section", { class: "card" }, element("h2", { text: say("grid.this_month") }),
    element("p", {}, element("strong", { id: "rate", text: grid.rate_text }), element("span", { class: "quiet", text: ` ${say("grid.rate")}` })),
    small(grid.excluded_text),
    element("dl", { class: "figures in-rows" }, ...["unseen", "never", "no_coordinates", "no_owner"].map(one)), small(grid.outside));
}

function doorRow(door, report) {
  const mark = (key, on) => (on ? element("span", { class: "chip warn", text: `⚠ ${say(`grid.${key}`)}` }) : null);
  const name = `${door.title} ${door.address}`;
  return element("li", { class: "line" },
    element("span", {}, element("strong", { text: door.title }), ` ${door.address} `, mark("unseen", door.unseen), mark("never", door.never),
      element("span", { class: "line-said quiet", text: door.words })),
    element("button", { "aria-label": say("grid.report_door", { door: name }), text: say("grid.report_short"), onclick: () => report({ door }) }));
}

function lateDoors(context, grid, report) {
  const ui = stateOf(context);
  const shown = ui.all ? grid.doors : grid.doors.slice(0, FIRST);
  const more = grid.doors.length - shown.length;
  return element("section", { class: "village", id: "late" }, element("h2", { text: `${say("grid.late")} ${grid.doors.length || ""}` }),
    grid.doors.length ? element("ul", { class: "rows" }, ...shown.map((door) => doorRow(door, report))) : element("p", { class: "quiet", text: say("grid.late_none") }),
    more > 0 ? element("button", { class: "wide", text: say("grid.show_all", { count: grid.doors.length }), onclick: () => { ui.all = true; context.draw(); } }) : null);
}

function stateChip(flag, entry) {
  if (!flag.local) return element("span", { class: `chip ${flag.state === "refused" ? "warn" : "strong"}`, text: flag.state_label });
  const held = entry && entry.state === "held";
  return element("span", { class: `chip ${held ? "good" : "warn"}`, text: `${held ? "✓" : "…"} ${say(`app.state_${held ? "held" : "waiting"}`)}` });
}

const stepRow = ({ at, state_label, reason }) => element("li", { text: `${at} ${state_label}${reason ? `:${reason}` : ""}` });

class GridPage {
  constructor(main, context) {
    Object.assign(this, { main, context, grid: chosen(context) });
    this.top = element("div", { class: "day-top" });
    this.flags = element("section", { class: "village", id: "flags" });
  }

  show() {
    const { context, grid } = this;
    const report = (given) => this.report(given);
    this.main.append(heading(context, grid), this.top, actions(grid, report), figures(grid), lateDoors(context, grid, report), this.flags);
    this.draw();
    context.on(context.outbox, "change", () => this.draw());
  }

  draw() {
    const entries = this.context.outbox.entries();
    refill(this.top, ...refusedLines(entries));
    this.drawFlags(new Map(entries.map((entry) => [entry.id, entry])));
  }

  drawFlags(entries) {
    const drafts = new Map(this.context.outbox.drafts().map((draft) => [draft.id, draft]));
    const mine = this.context.packet.grid.flags.filter((flag) => flag.grid_code === this.grid.code);
    const row = (flag) => this.flagRow(flag, entries.get(flag.id), drafts.get(flag.id));
    refill(this.flags, element("h2", { text: `${say("grid.flags")} ${mine.length || ""}` }),
      mine.length ? element("ul", { class: "rows" }, ...mine.map(row)) : element("p", { class: "quiet", text: say("grid.flags_none") }));
  }

  flagRow(flag, entry, draft) {
    const undo = element("button", { class: "undo", text: `↶ ${say("today.undo")}`, onclick: () => { undo.disabled = true; this.takeBack(flag); } });
    return element("li", { class: "line", data: { flag: flag.id } },
      element("span", {}, stateChip(flag, entry), element("strong", { text: ` ${flag.kind_label} ` }), [flag.door, flag.note].filter(Boolean).join(" · "),
        flag.own ? null : element("span", { class: "quiet", text: ` ${say("grid.other")}` }),
        flag.local ? element("span", { class: "line-said quiet", text: clock(entry ? entry.at : this.context.vault.now()) }) : null,
        flag.steps.length ? element("ol", { class: "flag-steps" }, ...flag.steps.map(stepRow)) : null),
      draft ? undo : null);
  }

  async takeBack(flag) {
    const { context } = this;
    const body = await context.outbox.undo(flag.id);
    if (body) {
      context.packet.grid.flags = context.packet.grid.flags.filter((one) => one.id !== flag.id);
      await context.save();
    }
    context.draw();
    const door = body && body.household_id ? { household_id: body.household_id, title: flag.door, address: "" } : null;
    if (body) await this.report({ draft: { id: flag.id, body, door } });
  }

  async report(given) {
    await openFlag(this.context, this.grid, given);
    this.context.draw();
  }
}

function refusedLines(entries) {
  const mine = entries.filter((entry) => ["flag", "sweep", "building"].includes(entry.kind) && ["rejected", "unreadable"].includes(entry.state));
  return mine.map((entry) => element("div", { class: "line rejected", role: "alert" },
    element("span", {}, element("strong", { text: say("grid.refused", { what: entry.about || say(`app.kind_${entry.kind}`) }) }),
      element("span", { class: "line-said", text: entry.message || "" }), element("span", { class: "quiet", text: say("today.kept_there") }))));
}

export function show(main, context) {
  const part = context.packet && context.packet.grid;
  if (!part) {
    main.append(element("p", { class: "card empty", text: say("grid.none") }));
    return;
  }
  const drop = () => dropRefused(context.packet.grid, context.outbox.entries()) && context.save();
  drop();
  context.on(context.outbox, "change", () => drop() && context.draw());
  const [, mode, building] = location.hash.split("/");
  if (mode === "sweep") showSweep(main, context, chosen(context), building, stateOf(context));
  else new GridPage(main, context).show();
}
