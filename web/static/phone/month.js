/* What somebody did this month: visits, persons, hours. */

import { element, say } from "./words.js";

const figure = (value, label) => element("div", {}, element("dd", { text: value }), element("dt", { text: label }));

export function show(main, context) {
  const month = (context.packet && context.packet.month) || null;
  if (!month) {
    main.append(element("p", { class: "card empty", text: say("app.no_packet") }));
    return;
  }
  const waiting = context.outbox.entries().filter((entry) => entry.kind === "visit" && entry.state === "waiting").length;
  main.append(
    element("section", { class: "card" },
      element("h2", { text: say("month.title", { month: Number(context.packet.day.slice(5, 7)) }) }),
      element("dl", { class: "figures three" },
        figure(month.visits, say("month.visits")),
        figure(month.persons, say("month.persons")),
        figure(month.hours, say("month.hours"))),
      waiting ? element("p", { class: "state wait", text: say("month.waiting", { count: waiting }) }) : null,
      element("p", { class: "quiet", text: say("month.note") })),
  );
}
