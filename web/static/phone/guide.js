/* How to get there: the turn list, other map apps, coordinates to copy. */

import { copyable, openSheet } from "./dialogs.js";
import { doors, inOrder, stopById } from "./packet.js";
import { element, say } from "./words.js";

const BACK = "back";
const WECHAT = /MicroMessenger/i;
const IPHONE = /iPhone|iPad/i;

/** The doors in the order in which somebody comes by: those recorded by their time, then those still to do. */
function walked(packet, recorded) {
  const mine = new Set(recorded);
  const been = doors(packet).filter((stop) => stop.channel === "door" && stop.done && stop.done.at && mine.has(stop.done.visit_id));
  const when = ({ done }) => `${done.at} ${done.visit_id}`;
  been.sort((a, b) => (when(a) < when(b) ? -1 : 1));
  return been.concat(inOrder(packet).filter((stop) => stop.channel === "door" && !stop.done)).map((stop) => stop.id);
}

/**
 * The turns to a stop and the stop where they begin ("" is the start), or null where they would lead
 * from another door than the one before: after a new order, a skipped door, a colleague's visit.
 * `recorded`: the ids of the visits that this phone recorded.
 */
export function waysTo(id, packet, recorded) {
  // the station gives them in the order of the plan
  const planned = Object.keys(packet.turns || {}).filter((key) => key !== BACK);
  const stop = stopById(packet, id);
  const at = planned.indexOf(id);
  if (at < 0 || !stop || stop.done) return null;
  const walk = walked(packet, recorded);
  const from = walk[walk.indexOf(id) - 1] || "";
  return from === (planned[at - 1] || "") ? { from, turns: packet.turns[id] } : null;
}

export const ways = (stop, context) => waysTo(stop.id, context.packet, context.outbox.entries().map((entry) => entry.id));

/** Open the turn list of a stop. */
export function turnList(stop, context) {
  const found = ways(stop, context);
  if (!found) return null;
  const before = stopById(context.packet, found.from);
  const row = (turn) => element("li", { text: turn.text });
  return openSheet(say("guide.turns_to", { name: stop.title }), (body) => {
    body.append(
      element("p", { class: "turns-from", text: before ? say("guide.turns_from", { name: before.title }) : say("guide.turns_from_start") }),
      element("ol", { class: "turns" }, ...found.turns.map(row), element("li", { class: "arrived", text: say("guide.arrive", { address: stop.address }) })),
      element("p", { class: "quiet", text: say("guide.by_map") }),
    );
  }, "turn-list");
}

const label = (context, app) => {
  const found = ((context.packet.codes || {}).apps || []).find(([code]) => code === app);
  return found ? found[1] : app;
};

const link = (context, { app, url }) =>
  element("a", { class: "button", href: url, rel: "noreferrer", target: url.startsWith("https:") && "_blank", text: label(context, app) });

const inWechat = () =>
  element("div", { class: "card wechat" },
    element("h3", { text: say("guide.wechat_title") }),
    element("p", { text: say("guide.wechat_how") }));

/** The links that may open something: inside WeChat at best `geo:`, and an iPhone does not know that. */
export function openable(links, agent) {
  if (!WECHAT.test(agent)) return links;
  return IPHONE.test(agent) ? [] : links.filter(({ url }) => url.startsWith("geo:"));
}

/** Hand a stop over to a map app; the app gets coordinates and a neutral label. */
export function navigation(stop, context) {
  const inside = WECHAT.test(navigator.userAgent);
  const links = openable(stop.links, navigator.userAgent);
  const ways = element("div", { class: "links" }, ...links.map((one) => link(context, one)));
  return openSheet(say("guide.navigate_to", { number: stop.number || "" }), (body) => {
    body.append(inside ? inWechat() : ways);
    if (stop.coordinates) {
      body.append(element("h3", { text: say("guide.coordinates") }), copyable(stop.coordinates, say("guide.coordinates")));
      body.append(element("p", { class: "quiet", text: say("guide.datum") }));
    }
    if (inside && links.length) body.append(element("p", { text: say("guide.wechat_geo") }), ways);
  }, "navigation");
}
