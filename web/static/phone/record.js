/* The record sheet of a visit: what was found first, then only what that asks for. */

import { CheckIn } from "./checkin.js";
import { todayOf } from "./days.js";
import { ask, openSheet } from "./dialogs.js";
import { clearMarks, markFields } from "./marks.js";
import { Photos } from "./photos.js";
import { keysNow, pictures, unsaved, watch } from "./record_drafts.js";
import { PersonForm } from "./record_forms.js";
import { PAUSES, chipset, moreBlock, nextDate, noteField, outcomes, pauseBlock, sayWays } from "./record_parts.js";
import { contextOf, faultsOf } from "./record_rules.js";
import { openReport } from "./report.js";
import { askSignature } from "./signature.js";
import { element, refill, say } from "./words.js";

const LISTS = ["client_ids", "partner_ids", "needs", "societies"];
const TEXTS = ["note", "next_day", "day", "domain", "kind", "place", "until"];
const FORM_FAULTS = { required: "answer_required", constraint: "answer_type", type: "answer_type", choice: "answer_type", long: "answer_long" };

class Sheet {
  constructor(context, stop) {
    Object.assign(this, { context, stop, packet: context.packet, signature: null, touched: false, saving: false });
    this.key = context.vault.uuid7();
    this.keys = keysNow();
    this.started = context.vault.now().toISOString();
    this.today = todayOf(context.packet, this.started);
    this.people = new Map(stop.people.map((one) => [one.id, one]));
    this.checkIn = new CheckIn(stop, () => this.metElsewhere());
    this.photos = new Photos(() => context.vault.uuid7());
    this.form = this.build();
    this.forms = this.personForms();
    refill(this.part("forms"), ...this.forms.map((one) => one.element));
    this.form.addEventListener("change", () => this.changed());
    this.form.addEventListener("submit", (event) => this.submit(event));
  }

  part(name) {
    return this.form.querySelector(`[data-part="${name}"]`);
  }

  build() {
    const { stop, packet } = this;
    const named = (name, ...inside) => element("div", { class: `sheet-part ${name}`, data: { part: name } }, ...inside);
    const people = stop.people.map((one) => [one.id, `${one.name} ${one.about}`.trim()]);
    this.said = element("p", { class: "said", role: "alert", hidden: true });
    const main = element("div", { class: "dialog-main", tabIndex: -1 }, named("kept"), outcomes(packet.codes), named("danger", this.dangerButton()),
      named("rest",
        named("members", chipset("client_ids", say("record.people"), people, { ticked: stop.due_ids })),
        named("needs", chipset("needs", say("record.needs"), packet.codes.needs)),
        named("pause", pauseBlock()),
        named("forms"),
        named("channel", chipset("channel", say("record.channel"), packet.codes.channels, { type: "radio", ticked: [stop.channel] })),
        nextDate(this.today),
        noteField(),
        named("tools", this.tools()),
        moreBlock(packet, stop, this.today)));
    return element("form", { class: "record-sheet", noValidate: true, autocomplete: "off" }, this.head(), main,
      element("footer", { class: "dialog-foot" }, this.said, element("button", { type: "submit", class: "primary wide save", text: say("record.save") })));
  }

  head() {
    const { number, title } = this.stop;
    const heading = element("h2", { id: "record-title", text: number ? `${number} · ${title}` : title });
    return element("header", { class: "dialog-head" }, heading,
      element("button", { class: "close", "aria-label": say("record.back"), text: "✕", onclick: () => this.dialog.close() }));
  }

  dangerButton() {
    return element("button", { class: "danger wide", id: "report", onclick: () => this.report(), text: `⚠ ${say("record.report")}` });
  }

  /** Photo, signature, check-in: side by side, none of them asked for. */
  tools() {
    this.signButton = element("button", { class: "tool", id: "sign", onclick: () => this.sign() },
      element("span", { class: "tool-mark", "aria-hidden": "true", text: "✎" }), element("span", { class: "tool-text", text: say("record.signature") }));
    this.signed = element("div", { class: "panel signed", hidden: true });
    return element("div", {}, element("div", { class: "tools" }, this.photos.button, this.signButton, this.checkIn.button),
      this.photos.panel, this.signed, this.checkIn.panel);
  }

  /** The forms of the people, by their groups; one that the packet does not bring is left out. */
  personForms() {
    const known = new Map(this.packet.forms.map((form) => [form.id, form]));
    const last = this.stop.last_answers || {};
    const sheet = { context: () => contextOf(this.read(false)), addNeed: (code) => this.addNeed(code), report: (person) => this.report(person) };
    return this.stop.people.filter((one) => known.has(one.group)).map((one) => new PersonForm(one, known.get(one.group), last[one.id], sheet));
  }

  ticked(name) {
    return [...this.form.querySelectorAll(`[name="${name}"]:checked`)].map((box) => box.value);
  }

  tick(name, values) {
    for (const box of this.form.querySelectorAll(`[name="${name}"]`)) box.checked = values.includes(box.value);
  }

  way() {
    const chosen = this.form.querySelector('[name="outcome"]:checked');
    return chosen ? chosen.dataset.way : "";
  }

  /** Return "pause", "end" or "": what may follow from the outcome, for who may say so. */
  pauseAfter() {
    return (this.packet.may_pause && PAUSES[this.way()]) || "";
  }

  children() {
    const ids = this.ticked("client_ids");
    return this.stop.people.filter((one) => one.child && ids.includes(one.id));
  }

  /** Show only what the chosen outcome asks for. */
  reveal() {
    const way = this.way();
    const seen = way === "well" || way === "needs";
    const ids = this.ticked("client_ids");
    const show = (name, shown) => (this.part(name).hidden = !shown);
    show("rest", Boolean(way));
    show("danger", this.stop.people.some((one) => one.child));
    show("members", this.stop.people.length > 1);
    show("needs", way === "needs");
    show("forms", seen);
    for (const one of this.forms) one.element.hidden = !ids.includes(one.person.id);
    this.photos.allow(!this.children().length || this.packet.photos.child);
    sayWays(this.form, this.ticked("channel")[0]);
    this.revealPause();
  }

  revealPause() {
    const pause = this.pauseAfter();
    this.part("pause").hidden = !pause;
    this.form.querySelector("#pause").hidden = !pause;
    for (const line of this.form.querySelectorAll("[data-pause]")) line.hidden = line.dataset.pause !== pause;
    this.form.querySelector("#until").hidden = pause !== "pause" || !this.ticked("exclude").length;
  }

  changed() {
    this.touched = true;
    this.reveal();
    for (const one of this.forms) one.update();
  }

  /** What stands on the sheet, as it is sent. */
  read(withAnswers = true) {
    const { elements } = this.form;
    const text = (name) => (elements[name] ? elements[name].value : "");
    const pause = this.pauseAfter();
    const exclude = Boolean(pause && this.ticked(pause === "pause" ? "exclude" : "ended").length);
    const way = this.way();
    const lists = Object.assign({}, ...LISTS.map((name) => ({ [name]: this.ticked(name) })));
    const texts = Object.assign({}, ...TEXTS.map((name) => ({ [name]: text(name).trim() })));
    return {
      household_id: this.stop.household_id,
      stop_id: this.stop.planned ? this.stop.id : "",
      outcome: this.ticked("outcome")[0] || "",
      channel: this.ticked("channel")[0] || "",
      ...lists,
      ...texts,
      needs: way === "needs" ? lists.needs : [],
      exclude,
      until: exclude && pause === "pause" ? texts.until : "",
      started_at: this.started,
      check_in: this.checkIn.value(),
      answers: withAnswers && (way === "well" || way === "needs") ? this.answers(lists.client_ids) : {},
    };
  }

  answers(ids) {
    const found = {};
    for (const one of this.forms) {
      const given = ids.includes(one.person.id) ? one.answers() : null;
      if (given) found[one.person.id] = given;
    }
    return found;
  }

  /** Fill the sheet with a visit as it was filled in before. */
  refill(body) {
    const way = body.outcome === "seen" ? (body.needs.length ? "needs" : "well") : body.outcome;
    const box = this.form.querySelector(`[data-way="${way}"]`);
    if (box) box.checked = true;
    for (const name of LISTS) this.tick(name, body[name] || []);
    this.tick("channel", [body.channel]);
    for (const name of TEXTS) if (this.form.elements[name]) this.form.elements[name].value = body[name] || "";
    for (const name of ["exclude", "ended"]) this.tick(name, body.exclude ? ["yes"] : []);
    this.started = body.started_at || this.started;
    this.checkIn.refill(body.check_in, body.pins);
    for (const one of this.forms) one.refill((body.answers || {})[one.person.id]);
    this.form.querySelector('[name="next_day"]').dispatchEvent(new Event("change"));
  }

  refillPictures(kept) {
    if (!kept) return;
    this.photos.refill(kept.photos);
    this.keepSignature(kept.signature && { id: this.context.vault.uuid7(), blob: kept.signature.blob });
  }

  /** Open the sheet; resolves to {id, body} once saved, to null where it was closed. */
  open(draft, fields) {
    this.dialog = element("dialog", { class: "full record", "aria-labelledby": "record-title" }, this.form);
    document.body.append(this.dialog);
    if (draft) this.refill(draft);
    this.refillPictures(draft && (pictures.get(draft.started_at) || null));
    this.takeUp(draft);
    this.changed();
    this.touched = false;
    this.dialog.showModal();
    this.form.querySelector(".dialog-main").scrollTop = 0;
    if (fields.length) this.tell(markFields(this.form, fields).join("\n"));
    return new Promise((resolve) => this.dialog.addEventListener("close", () => resolve(this.closed())));
  }

  /** A sheet that was closed half filled goes on where it stood; the visit begins anew, on its own day unless one was chosen. */
  takeUp(draft) {
    const kept = draft ? null : unsaved.get(this.stop.id);
    if (!kept) return;
    const { body } = kept;
    const chosen = body.day !== todayOf(this.packet, body.started_at);
    this.refill({ ...body, started_at: this.started, day: chosen ? body.day : this.today });
    this.refillPictures(kept);
    const afresh = element("button", { text: say("record.afresh"), onclick: () => this.afresh() });
    refill(this.part("kept"), element("p", { class: "line" }, element("span", { text: say("record.taken_up") }), afresh));
  }

  async afresh() {
    if (!(await ask(say("record.afresh_sure"), say("record.afresh")))) return;
    unsaved.delete(this.stop.id);
    this.again = true;
    this.touched = false;
    this.dialog.close();
  }

  closed() {
    this.dialog.remove();
    if (this.saved) return this.saved;
    if (this.keys !== keysNow()) return null;
    if (this.again) return openRecord(this.context, this.stop, {});
    if (this.touched || unsaved.has(this.stop.id)) {
      unsaved.set(this.stop.id, { body: { ...this.read(), pins: this.checkIn.pinned() }, photos: this.photos.taken, signature: this.signature });
    }
    return null;
  }

  tell(text) {
    this.said.textContent = text;
    this.said.hidden = !text;
  }

  addNeed(code) {
    if (this.way() === "well") this.form.querySelector('[data-way="needs"]').checked = true;
    this.tick("needs", this.ticked("needs").concat(code));
    this.changed();
  }

  metElsewhere() {
    const place = this.form.elements.place;
    place.closest("details").open = true;
    place.scrollIntoView({ block: "center" });
    place.focus();
  }

  report(person) {
    const children = this.children();
    const all = children.length ? children : this.stop.people.filter((one) => one.child);
    return openReport(this.context, person ? [person] : all).then((made) => made && this.reported());
  }

  reported() {
    const button = this.form.querySelector("#report");
    button.textContent = `✓ ${say("record.reported")}`;
  }

  async sign() {
    const ids = this.ticked("client_ids");
    const name = (this.people.get(ids[0]) || { name: this.stop.title }).name;
    const taken = await askSignature(name);
    if (!taken) return;
    this.touched = true;
    this.keepSignature({ id: this.context.vault.uuid7(), blob: taken });
  }

  keepSignature(signature) {
    this.signature = signature;
    this.signed.hidden = !signature;
    this.signButton.classList.toggle("on", Boolean(signature));
    if (!signature) return;
    const url = URL.createObjectURL(signature.blob);
    const image = element("img", { src: url, alt: say("record.signature"), onload: () => URL.revokeObjectURL(url) });
    refill(this.signed, image, element("button", { "aria-label": say("record.signature_drop"), text: "✕", onclick: () => this.keepSignature(null) }));
  }

  /** Say beside its field what is wrong; returns whether anything is. */
  isWrong(body) {
    const forms = Object.assign({}, ...this.forms.map((one) => ({ [one.person.id]: one.form })));
    const faults = faultsOf(body, this.today, forms);
    const rest = markFields(this.form, faults.map((fault) => ({ field: fault.field, message: this.messageOf(fault) })));
    this.tell(faults.length ? [say("record.wrong", { count: faults.length }), ...rest].join("\n") : "");
    return faults.length > 0;
  }

  messageOf(fault) {
    const own = fault.code === "constraint" && this.fieldOf(fault).message;
    return own || say(`record.${FORM_FAULTS[fault.code] || fault.code}`);
  }

  fieldOf(fault) {
    const client = fault.field.split(".")[1];
    const form = this.forms.find((one) => one.person.id === client).form;
    return form.fields.find((field) => field.name === fault.name);
  }

  async submit(event) {
    event.preventDefault();
    if (this.saving) return;
    const body = this.read();
    clearMarks(this.form);
    if (this.isWrong(body)) return;
    this.saving = true;
    try {
      // the phone may have learnt in between that its clock is fast: nothing ends before it began
      const ended = new Date(Math.max(this.context.vault.now(), new Date(body.started_at)));
      await this.save({ ...body, ended_at: ended.toISOString() });
      this.dialog.close();
    } catch (error) {
      this.tell(error.message);
    }
    this.saving = false;
  }

  pictures() {
    return this.photos.value().concat(this.signature ? [{ id: this.signature.id, kind: "signature", blob: this.signature.blob }] : []);
  }

  async save(body) {
    const { context, stop } = this;
    const id = await context.outbox.add("visit", body, { about: stop.title, key: this.key, photos: this.pictures(), undo: true });
    this.saved = { id, body };
    unsaved.delete(stop.id);
    pictures.set(body.started_at, { photos: this.photos.taken, signature: this.signature });
    await this.propose(id).catch(() => {
      openSheet(say("record.saved"), (place) => place.append(element("p", { text: say("record.pin_lost") })));
    });
  }

  /** The better points for this house: each goes by itself, and the visit stands without them. */
  async propose(visit_id) {
    const { context, stop } = this;
    for (const which of this.checkIn.pinned()) {
      const pin = { household_id: stop.household_id, which, position: this.checkIn.value() };
      await context.outbox.add("pin", pin, { about: stop.title, key: `${this.key} ${which}`, beside: visit_id });
    }
  }
}

/**
 * Open the record sheet of a stop. draft: a visit as it was filled in before;
 * fields = [{field, message}]: what the station found wrong in it.
 * Resolves to {id, body} once saved, to null where the sheet was closed.
 */
export function openRecord(context, stop, { draft = null, fields = [] } = {}) {
  watch(context.vault);
  return new Sheet(context, stop).open(draft, fields);
}
