/* The duty to report: whom one told, the number, the time; made on its own, whatever becomes of the visit. */

import { clock } from "./days.js";
import { openSheet } from "./dialogs.js";
import { chipset } from "./record_parts.js";
import { element, say } from "./words.js";

const TOLD = ["police", "civil_affairs", "education", "other"];
const NUMBER_LENGTH = 60;
const NOTE_LENGTH = 500;

const field = (text, box) => element("label", { class: "field" }, text, box);

function whom(children) {
  if (children.length < 2) return null;
  return chipset("client_id", say("record.report_whom"), children.map((one) => [one.id, one.name]), { type: "radio", ticked: [children[0].id] });
}

function content(children, time) {
  const told = chipset("told", say("record.report_told"), TOLD.map((code) => [code, say(`record.told_${code}`)]), { type: "radio" });
  return [
    element("p", { class: "duty", text: say("record.report_law") }),
    element("a", { class: "button danger wide", href: "tel:110", text: `☎ ${say("record.call_police")}` }),
    whom(children),
    told,
    field(say("record.report_number"), element("input", { type: "text", name: "number", maxLength: NUMBER_LENGTH })),
    field(say("record.report_note"), element("textarea", { name: "note", rows: 2, maxLength: NOTE_LENGTH })),
    element("p", { class: "quiet", text: say("record.report_time", { time }) }),
  ].filter(Boolean);
}

function bodyOf(form, children) {
  const ticked = (name) => (form.querySelector(`[name="${name}"]:checked`) || { value: "" }).value;
  const text = (name) => form.querySelector(`[name="${name}"]`).value.trim();
  return { client_id: ticked("client_id") || children[0].id, told: ticked("told"), number: text("number"), note: text("note") };
}

/** Open the report; resolves to whether one was made. */
export async function openReport(context, children) {
  const started = context.vault.now();
  let made = false;
  await openSheet(say("record.report"), (place, close) => {
    const form = element("div", { class: "report-form" }, ...content(children, clock(started)));
    const said = element("p", { class: "said", role: "alert", hidden: true });
    const tell = (text) => { said.textContent = text; said.hidden = false; };
    const save = element("button", { class: "primary wide", text: say("record.report_save") });
    save.onclick = async () => {
      const body = bodyOf(form, children);
      if (!body.told) return tell(say("record.report_choose"));
      save.disabled = true;
      const { name } = children.find((one) => one.id === body.client_id);
      try {
        await context.outbox.add("report", body, { about: say("record.report_about", { name }), key: `report-${started.getTime()}` });
        made = true;
        close();
      } catch (error) {
        tell(error.message);
      }
      save.disabled = false;
      return undefined;
    };
    place.append(form, said, save);
  }, "report");
  return made;
}
