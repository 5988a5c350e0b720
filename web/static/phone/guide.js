/* How to get there: the turn list, other map apps, coordinates to copy. */

import { copyable, openSheet } from "./dialogs.js";
import { element, say } from "./words.js";

const WECHAT = /MicroMessenger/i;
const IPHONE = /iPhone|iPad/i;

/** The turns that lead to a stop. */
export const ways = (stop, context) => (context.packet.turns || {})[stop.id] || [];

/** Open the turn list of a stop. */
export function turnList(stop, context) {
  const turns = ways(stop, context);
  const row = (turn) => element("li", { text: turn.text });
  return openSheet(say("guide.turns_to", { name: stop.title }), (body) => {
    body.append(
      element("ol", { class: "turns" }, ...turns.map(row), element("li", { class: "arrived", text: say("guide.arrive", { address: stop.address }) })),
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
