/* The record sheet: opened for a stop, filled, read, closed. */

import { clearMarks, markFields } from "./fields.js";
import { element, fill, uuid } from "./outbox.js";

const PAUSES = { refused: "pause", away: "pause", hospital: "pause", moved: "pause", died: "end" };

export class RecordSheet {
  #dialog = document.getElementById("record");
  #form = document.getElementById("visit");
  #said = document.getElementById("visit-said");
  #texts;
  #packet;
  #onSave;
  #stop = null;
  #id = "";
  #started = "";
  #checkIn = null;

  constructor(packet, texts, onSave) {
    this.#packet = packet;
    this.#texts = texts;
    this.#onSave = onSave;
    this.#form.addEventListener("submit", (event) => this.#save(event));
    this.#form.addEventListener("change", () => this.#reveal());
    this.#dialog.querySelector(".close").addEventListener("click", () => this.#dialog.close());
    document.getElementById("check-in").addEventListener("click", () => this.#locate());
  }

  /** Open the sheet for a stop; with a record, as it was filled in before and what was wrong in it. */
  open(stop, record = null, fields = []) {
    this.#form.reset();
    clearMarks(this.#form);
    this.#stop = stop;
    // the station has refused the old id's content, not held it: it may be used again
    this.#id = record?.id ?? uuid();
    this.#started = record?.started_at ?? new Date().toISOString();
    this.#checkIn = record?.check_in ?? null;
    document.getElementById("record-title").textContent = `${stop.number} · ${stop.title}`;
    document.getElementById("check-in-said").textContent = "";
    this.#boxes("members", "client_ids", stop.people.map((p) => [p.id, `${p.name} ${p.about}`]), stop.due_ids);
    this.#boxes("partners", "partner_ids", stop.partners.map((p) => [p.id, p.name]), stop.partners.map((p) => p.id));
    document.getElementById("partners").hidden = !stop.partners.length;
    this.#tick("channel", [stop.channel]);
    this.#tick("societies", stop.societies);
    this.#form.elements.day.value = this.#packet.day;
    if (record) this.#refill(record);
    this.#reveal();
    const elsewhere = markFields(this.#form, fields);
    this.#dialog.showModal();
    this.#dialog.querySelector(".dialog-main").scrollTop = 0;
    this.#form.querySelector(".field-said")?.scrollIntoView({ block: "center" });
    this.#tell(elsewhere.join("\n"));
  }

  #boxes(id, name, pairs, ticked) {
    const set = document.getElementById(id);
    set.querySelectorAll("label").forEach((old) => old.remove());
    for (const [value, text] of pairs) {
      const box = element("input");
      Object.assign(box, { type: "checkbox", name, value, checked: ticked.includes(value) });
      const label = element("label", "tick");
      label.append(box, element("span", "", text));
      set.append(label);
    }
  }

  #tick(name, values) {
    for (const box of this.#form.querySelectorAll(`[name="${name}"]`)) box.checked = values.includes(box.value);
  }

  #ticked(name) {
    return [...this.#form.querySelectorAll(`[name="${name}"]:checked`)].map((box) => box.value);
  }

  #refill(record) {
    const way = record.outcome === "seen" ? (record.needs.length ? "needs" : "well") : record.outcome;
    const box = this.#form.querySelector(`[data-way="${way}"]`);
    if (box) box.checked = true;
    for (const name of ["client_ids", "partner_ids", "needs", "societies"]) this.#tick(name, record[name]);
    this.#tick("channel", [record.channel]);
    for (const name of ["note", "next_day", "day", "domain", "kind", "place", "until"]) {
      this.#form.elements[name].value = record[name];
    }
    this.#form.elements.exclude.checked = record.exclude;
    this.#form.elements.ended.checked = record.exclude;
  }

  /** Return "pause", "end" or "": what may follow from the outcome, for who may say so. */
  #pauseAfter(chosen) {
    return (this.#packet.may_pause && PAUSES[chosen?.value]) || "";
  }

  /** Show only what the chosen outcome asks for. */
  #reveal() {
    const chosen = this.#form.querySelector('[name="outcome"]:checked');
    const pause = this.#pauseAfter(chosen);
    document.getElementById("needs").hidden = chosen?.dataset.way !== "needs";
    document.getElementById("pause").hidden = !pause;
    for (const line of this.#form.querySelectorAll("[data-pause]")) line.hidden = line.dataset.pause !== pause;
    document.getElementById("until").hidden = pause !== "pause" || !this.#form.elements.exclude.checked;
  }

  #tell(text) {
    this.#said.textContent = text;
    this.#said.hidden = !text;
    if (text) this.#said.scrollIntoView({ block: "nearest" });
  }

  #read() {
    const value = (name) => this.#form.elements[name].value;
    const chosen = this.#form.querySelector('[name="outcome"]:checked');
    const pause = this.#pauseAfter(chosen);
    const ticked = { pause: "exclude", end: "ended" }[pause];
    const exclude = Boolean(ticked && this.#form.elements[ticked].checked);
    return {
      id: this.#id,
      household_id: this.#stop.household_id,
      stop_id: this.#stop.planned ? this.#stop.id : "",
      outcome: chosen?.value ?? "",
      client_ids: this.#ticked("client_ids"),
      partner_ids: this.#ticked("partner_ids"),
      channel: this.#ticked("channel")[0] ?? "",
      needs: chosen?.dataset.way === "needs" ? this.#ticked("needs") : [],
      societies: this.#ticked("societies"),
      note: value("note"),
      next_day: value("next_day"),
      day: value("day"),
      domain: value("domain"),
      kind: value("kind"),
      place: value("place"),
      exclude,
      until: exclude && pause === "pause" ? value("until") : "",
      started_at: this.#started,
      ended_at: new Date().toISOString(),
      check_in: this.#checkIn,
    };
  }

  #save(event) {
    event.preventDefault();
    const record = this.#read();
    if (!record.outcome) return this.#tell(this.#texts.choose);
    if (!record.client_ids.length && record.outcome !== "vacant") return this.#tell(this.#texts.nobody_chosen);
    this.#dialog.close();
    this.#onSave(record, this.#stop);
  }

  /** Take the position once, because somebody tapped; nothing follows anybody. */
  #locate() {
    const said = document.getElementById("check-in-said");
    if (!navigator.geolocation) {
      said.textContent = this.#texts.no_position;
      return;
    }
    said.textContent = this.#texts.locating;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        this.#checkIn = { lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy };
        said.textContent = fill(this.#texts.located, { metres: Math.round(coords.accuracy) });
      },
      () => (said.textContent = this.#texts.no_position),
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 0 },
    );
  }
}
