/* Everything that is not today's work: what was sent, the language, locking, leaving. */

import { ask as askStation } from "./api.js";
import { ask, openSheet } from "./dialogs.js";
import { clock, dayOf } from "./days.js";
import { openHelp } from "./safety.js";
import { choose, element, language, say } from "./words.js";

const MARKS = { waiting: "…", held: "✓", rejected: "✕", withdrawn: "↶", unreadable: "✕" };
const KINDS = { held: "good", rejected: "bad", unreadable: "bad", waiting: "warn" };

function recordRow(entry) {
  const about = entry.about || say(`app.kind_${entry.kind}`);
  return element("li", { class: `record-row ${entry.state}` },
    element("span", {}, `${clock(entry.at)} ${about}`),
    element("span", { class: `chip ${KINDS[entry.state] || ""}`, text: `${MARKS[entry.state] || ""} ${say(`app.state_${entry.state}`)}` }),
    entry.message ? element("span", { class: "record-said", text: entry.message }) : null);
}

function records(context) {
  const today = dayOf(context.vault.now());
  // the doors of a sweep stand in the sweep, by the hundred; here only those that were refused
  const shown = ({ kind, state, at }) => (kind === "sweep" ? ["rejected", "unreadable"].includes(state) : state !== "held" || dayOf(at) === today);
  const entries = context.outbox.entries().filter(shown);
  return element("section", { class: "card", id: "records" },
    element("h2", { text: say("app.records") }),
    entries.length ? element("ul", { class: "record-list" }, ...entries.map(recordRow)) : element("p", { class: "quiet", text: say("app.held_none") }));
}

/** Say how much the station has yet to take; there is nothing to confirm. */
function refuse(context, { records, photos }) {
  const told = [records && say("app.sign_out_wait", { count: records }), photos && say("app.sign_out_photos", { count: photos }), say("app.sign_out_instead")];
  return openSheet(say("app.sign_out"), (body, close) => {
    body.append(...told.filter(Boolean).map((text) => element("p", { text })), element("button", { class: "wide", text: say("app.close"), onclick: close }));
  }, "refused");
}

async function signOut(context) {
  context.outbox.flush();
  const left = context.outbox.unsent();
  if (left.records || left.photos) return refuse(context, left);
  if (!(await ask(say("app.sign_out_sure"), say("app.sign_out")))) return undefined;
  // without a signal the session ends by itself; what counts is that nothing stays on the phone
  await askStation(context.vault, "/phone/sign-out", { method: "POST" }).catch(() => null);
  return context.vault.forget();
}

/** The other language: kept by the phone, the packet comes in it at the next signal. */
function changeLanguage(context) {
  choose(language() === "en" ? "zh-CN" : "en");
  context.vault.lock();
  location.reload();
}

export function show(main, context) {
  const state = context.vault.state();
  const button = (key, action, kind = "") => element("button", { class: `wide ${kind}`, text: say(key), onclick: action });
  const until = state.expires_at ? `${dayOf(state.expires_at)} ${clock(state.expires_at)}` : "";
  const draw = () => main.querySelector("#records").replaceWith(records(context));
  main.append(
    element("button", { class: "danger wide help", text: `✚ ${say("safety.help")}`, onclick: () => openHelp(context) }),
    records(context),
    element("section", { class: "card menu" },
      element("p", { class: "who", text: say("app.signed", { name: (state.account || {}).name || "", time: until }) }),
      button("app.refresh", () => context.refresh()),
      button("app.language", () => changeLanguage(context)),
      button("app.lock", () => context.close()),
      button("app.sign_out", () => signOut(context), "danger"),
      element("p", { class: "quiet", text: say("app.version", { version: context.version }) })),
  );
  context.on(context.outbox, "change", draw);
}
