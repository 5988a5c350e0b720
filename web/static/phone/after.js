/* After saving: what it did to the day, how to take it back, who else lives there, when to come again. */

import { clock, dayOf } from "./days.js";
import { doors } from "./packet.js";
import { openRecord } from "./record.js";
import { nextTry } from "./retry.js";
import { offer } from "./stop_card.js";
import { element, say } from "./words.js";

const UNDO_MS = 10 * 60 * 1000;
const MINUTE_MS = 60 * 1000;

const labelOf = (packet, outcome) => {
  const found = packet.codes.outcomes.find(([code]) => code === outcome);
  return found ? found[1] : outcome;
};

/** Open the record sheet for a door; once saved, the day knows it. Resolves to whether it was saved. */
export async function recordFor(context, stop, options) {
  const saved = await openRecord(context, stop, options || {});
  if (!saved) return false;
  const { packet } = context;
  const now = context.vault.now();
  const { outcome } = saved.body;
  // the newest packet may have come while the sheet was open
  const door = doors(packet).find((one) => one.id === stop.id) || stop;
  door.done = { outcome, label: labelOf(packet, outcome), at: clock(now), visit_id: saved.id, local: true };
  if (outcome === "nobody") door.tries = (door.tries || []).concat(now.toISOString());
  context.ui.after = { stop: door.id, id: saved.id, client_ids: saved.body.client_ids || [], outcome, until: now.getTime() + UNDO_MS };
  await context.save();
  return true;
}

async function takeBack(context, draft, record) {
  const body = await context.outbox.undo(draft.id);
  const door = doors(context.packet).find((one) => one.done && one.done.visit_id === draft.id);
  if (door) {
    if (door.done.outcome === "nobody") door.tries = (door.tries || []).slice(0, -1);
    door.done = null;
  }
  context.ui.after = null;
  await context.save();
  context.draw();
  const fields = context.outbox.leftBeside(draft.id) ? [{ field: "pin", message: say("today.pin_stays") }] : [];
  const stop = door || doors(context.packet).find((one) => body && one.household_id === body.household_id);
  if (stop && body) record(stop, { draft: body, fields });
}

function undoLine(context, draft, entry, record) {
  const left = Math.ceil(Math.min(UNDO_MS, new Date(draft.until).getTime() - context.vault.now().getTime()) / MINUTE_MS);
  const button = element("button", { class: "undo", text: `↶ ${say("today.undo")}`, onclick: () => { button.disabled = true; takeBack(context, draft, record); } });
  const text = element("span", {}, say("today.saved", { name: entry.about || say("app.kind_visit"), outcome: labelOf(context.packet, draft.body.outcome) }),
    element("span", { class: "quiet", text: ` ${say("today.undo_left", { minutes: left })}` }));
  return element("div", { class: "line saved" }, text, button);
}

function rejectedLine(context, entry, draft, record) {
  // what the station cannot open is not mended by filling it in again: it is tried again by itself
  const stop = entry.state === "rejected" && draft && doors(context.packet).find((one) => one.household_id === draft.body.household_id);
  return element("div", { class: "line rejected", role: "alert" },
    element("span", {}, element("strong", { text: say("today.rejected", { name: entry.about || say("app.kind_visit") }) }),
      element("span", { class: "line-said", text: entry.message || "" }), element("span", { class: "quiet", text: say("today.kept_there") })),
    stop ? element("button", { text: say("today.mend"), onclick: () => record(stop, { draft: draft.body, fields: entry.fields }) }) : null);
}

/** The lines above the day: visits that can be taken back, visits that the station did not take. */
export function undoLines(context, record) {
  const drafts = new Map(context.outbox.drafts().map((draft) => [draft.id, draft]));
  const today = dayOf(context.vault.now());
  const entries = context.outbox.entries().filter((entry) => entry.kind === "visit");
  const undone = entries.filter((entry) => drafts.has(entry.id) && ["waiting", "held"].includes(entry.state));
  const rejected = entries.filter((entry) => ["rejected", "unreadable"].includes(entry.state) && dayOf(entry.at) === today);
  return [
    ...rejected.map((entry) => rejectedLine(context, entry, drafts.get(entry.id), record)),
    ...undone.map((entry) => undoLine(context, drafts.get(entry.id), entry, record)),
  ];
}

function retryWords(context, stop) {
  const ladder = context.packet.retry;
  if (!ladder || !ladder.tries) return null;
  const step = nextTry((stop.tries || []).length, context.vault.now(), ladder);
  return element("p", { text: say(`retry.${step.what}`, { time: step.time }) });
}

/** Offer what belongs to the door that was just saved; null where nothing does. */
export function afterSaving(context, record, later) {
  const after = context.ui && context.ui.after;
  if (!after || context.vault.now().getTime() > after.until) return null;
  const stop = doors(context.packet).find((one) => one.id === after.stop);
  if (!stop || !stop.done || stop.done.visit_id !== after.id) return null;
  const others = stop.people.filter((person) => !after.client_ids.includes(person.id));
  const tasks = doors(context.packet).filter((one) => one !== stop && one.household_id === stop.household_id && !one.done);
  const parts = [];
  if (after.outcome === "nobody") parts.push(element("h2", { text: say("today.retry_title", { name: stop.title }) }), retryWords(context, stop));
  if (after.outcome === "nobody" && context.packet.matrix && stop.planned) {
    parts.push(element("button", { text: say("today.reorder_later"), onclick: () => later(stop) }));
  }
  if (others.length && after.outcome === "seen") {
    parts.push(element("div", { class: "line" },
      element("span", { text: say("today.others", { names: others.map((one) => one.name).join("、") }) }),
      element("button", { text: say("today.record"), onclick: () => record({ ...stop, due_ids: others.map((one) => one.id), done: null }) })));
  }
  if (tasks.length) parts.push(offer(say("today.tasks"), tasks, record));
  return parts.length ? element("section", { class: "card after" }, ...parts.filter(Boolean)) : null;
}
