/* Going out and coming back, and calling for help. Everything here works without a signal. */

import { openSheet } from "./dialogs.js";
import { clock, dayOf, momentOf } from "./days.js";
import { whereAmI } from "./geo.js";
import { element, say } from "./words.js";

const STEP_MIN = 15;
const WITHOUT_ROUTE_MIN = 120;
const MINUTE_MS = 60 * 1000;
const POLICE = "110";
const AMBULANCE = "120";

/** When somebody is expected back before anything was chosen, a whole minute; never a time that is over. */
export function proposed(what, { route, outing }, moment) {
  const now = new Date(moment);
  const later = what === "later" && outing;
  const said = later ? outing.time : route && (route.expected_back || route.back);
  const then = said ? momentOf(dayOf(now), said) : now;
  if (then > now) return then;
  const found = new Date(now.getTime() + (later ? STEP_MIN : WITHOUT_ROUTE_MIN) * MINUTE_MS);
  return momentOf(dayOf(found), clock(found));
}

/** The outing of the day that a moment is of, or null: yesterday's packet may bring yesterday's. */
export function outingOf({ outing }, moment) {
  return outing && dayOf(outing.out_at) === dayOf(moment) ? outing : null;
}

async function tell(context, what, expected) {
  const { packet, vault } = context;
  const now = vault.now();
  const today = outingOf(packet, now);
  const outing = today && !today.back_at ? today : { id: vault.uuid7(), out_at: now.toISOString() };
  outing.time = clock(expected);
  if (what === "back") outing.back_at = now.toISOString();
  await context.outbox.add("outing", { outing_id: outing.id, what, expected_back: expected.toISOString() }, { about: say(`safety.${what}`), undo: false });
  packet.outing = outing;
  await context.save();
  context.draw();
}

function timeChooser(start, onChange) {
  let time = start;
  const shown = element("output", { class: "time", text: clock(time) });
  const move = (minutes) => {
    time = new Date(time.getTime() + minutes * MINUTE_MS);
    shown.textContent = clock(time);
    onChange(time);
  };
  const step = (minutes, text, label) => element("button", { text, "aria-label": label, onclick: () => move(minutes) });
  return element("div", { class: "stepper" },
    step(-STEP_MIN, "−15", say("safety.earlier")), shown, step(STEP_MIN, "+15", say("safety.later")));
}

function askTime(context, title, what) {
  const { packet, vault } = context;
  let time = proposed(what, packet, vault.now());
  return openSheet(title, (body, close) => {
    const said = element("p", { class: "said", role: "alert", hidden: true, text: say("safety.past") });
    const go = element("button", { class: "primary wide", text: title });
    go.onclick = () => {
      said.hidden = time > vault.now();
      if (!said.hidden) return;
      close();
      tell(context, what, time);
    };
    body.append(element("p", { text: say("safety.expected") }), timeChooser(time, (chosen) => { time = chosen; }),
      element("p", { class: "quiet", text: say("safety.alarm", { minutes: packet.safety.overdue_minutes }) }), said, go);
  }, "expected");
}

const pairText = (partners) => (partners.length ? say("safety.with", { names: partners.map((one) => one.name).join("、") }) : "");

/** The line on top of the day: out, expected back, back. */
export function outingLine(context) {
  const { packet } = context;
  const outing = outingOf(packet, context.vault.now());
  const pair = pairText((packet.route && packet.route.partners) || []);
  const button = (key, action, kind = "") => element("button", { class: kind, text: say(`safety.${key}`), onclick: action });
  if (!outing || outing.back_at) {
    const text = outing ? say("safety.was_back", { time: clock(outing.back_at) }) : pair || say("safety.before");
    return element("div", { class: "outing" }, element("span", { text }), button("out", () => askTime(context, say("safety.out"), "out")));
  }
  const text = [say("safety.is_out", { time: clock(outing.out_at), back: outing.time }), pair].filter(Boolean).join(" · ");
  return element("div", { class: "outing away" }, element("span", { text }),
    button("longer", () => askTime(context, say("safety.longer"), "later")),
    button("back", () => tell(context, "back", momentOf(dayOf(outing.out_at), outing.time)), "primary"));
}

/** What can be dialled by itself: a short number, one without or with its area, a mobile. */
const isWhole = (part) => /^(\d{3}|\d{5}|\d{7,8}|\+?\d{10,})$/.test(part);

/** The numbers in a text that people wrote, each by itself and ready to dial: "110 / 120" holds two. */
export function numbersIn(text) {
  const runs = String(text || "").match(/\+?\d[\d\s()-]*/g) || [];
  const found = runs.map((run) => {
    const parts = run.split(/\s+/).map((part) => part.replace(/[^\d+]/g, "")).filter(Boolean);
    return parts.every(isWhole) ? parts : [parts.join("")];
  });
  return [].concat(...found).filter((number) => number.length >= 3);
}

const MOBILE = /^(\+?86)?1[3-9]\d{9}$/;

/** Whom a message for help reaches: the first mobile of head, station, emergency contact; "" is better than a wrong one. */
export function addressee({ head_phone, station_phone, emergency_phone }) {
  const known = [].concat(...[head_phone, station_phone, emergency_phone].map(numbersIn));
  return known.find((number) => MOBILE.test(number)) || "";
}

const dial = (phone, text, kind = "") => element("a", { class: `button ${kind}`, href: `tel:${phone}`, text: `☎ ${text}` });

/** An sms link: iOS wants another sign before the text than everybody else. */
export function smsLink(phone, text, agent = navigator.userAgent) {
  return `sms:${phone}${/iPhone|iPad/i.test(agent) ? "&" : "?"}body=${encodeURIComponent(text)}`;
}

function message(context) {
  const { position } = context;
  const time = clock(context.vault.now());
  if (!position) return say("safety.sms", { time });
  const place = `${position.lat.toFixed(5)},${position.lon.toFixed(5)}`;
  return say("safety.sms_place", { time, place, metres: Math.round(position.accuracy_m) });
}

/** Whom to call: [[number, words, class]…], no number twice. */
export function numbers(safety) {
  const known = ["head", "station", "emergency"].map((who) => {
    const found = numbersIn(safety[`${who}_phone`]);
    const words = say(`safety.${who}`);
    return found.map((number) => [number, found.length > 1 ? `${words} ${number}` : words, ""]);
  });
  const all = [[POLICE, say("safety.police"), "danger"], [AMBULANCE, say("safety.ambulance"), "danger"]].concat(...known);
  return all.filter(([number], at) => all.findIndex(([other]) => other === number) === at);
}

/** Help: numbers to call, a message with the position; nothing of a client in it. */
export function openHelp(context) {
  const safety = (context.packet && context.packet.safety) || {};
  return openSheet(say("safety.help"), (body) => {
    const to = addressee(safety);
    const text = element("p", { class: "sms-text" });
    const sms = element("a", { class: "button wide" , text: `✉ ${say("safety.send")}` });
    const said = element("p", { class: "quiet", role: "status", text: say("safety.locating") });
    const write = () => { text.textContent = message(context); sms.href = smsLink(to, text.textContent); };
    body.append(element("div", { class: "links" }, ...numbers(safety).map((one) => dial(...one))), sms, text,
      element("p", { class: "quiet", hidden: Boolean(to), text: say("safety.choose") }), said);
    write();
    whereAmI().then((place) => { context.position = place; said.textContent = ""; write(); }, () => { said.textContent = say("guide.no_position"); });
  }, "help");
}
