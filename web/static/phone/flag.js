/* A door to tell the station about: what it is, where, a photo. Nothing but one choice and one sentence is asked for. */

import { whereAmI } from "./geo.js";
import { Photos } from "./photos.js";
import { pinMap } from "./pin.js";
import { chipset } from "./record_parts.js";
import { element, refill, say } from "./words.js";

const MARKS = { uncovered: "＋", moved: "⇢", vacant: "□", visit_now: "!" };
const LEAST_NOTE = 2;
const MOST_PHOTOS = 3;

/** Pictures of what may be taken back. In memory only. */
const pictures = new Map();

const tool = (id, mark, text, action) =>
  element("button", { class: "tool", id, onclick: action },
    element("span", { class: "tool-mark", "aria-hidden": "true", text: mark }), element("span", { class: "tool-text", text }));

class FlagSheet {
  constructor(context, grid, { door = null, kind = "", note = "", draft = null }) {
    Object.assign(this, { context, grid, door, position: null, map: null, saved: false });
    this.key = context.vault.uuid7();
    this.photos = new Photos(() => context.vault.uuid7(), MOST_PHOTOS);
    this.form = this.build(kind || (door ? "" : "uncovered"), note);
    if (draft) this.refill(draft);
    this.showDoor();
  }

  build(kind, note) {
    const { kinds, most } = this.context.packet.grid;
    const marked = kinds.map(([code, text]) => [code, `${MARKS[code] || ""} ${text}`]);
    this.house = element("div", {});
    this.note = element("textarea", { name: "note", rows: 2, maxLength: most.note, value: note });
    this.asked = element("span", {});
    this.pinned = element("p", { class: "quiet", id: "pin-said", role: "status", text: say("grid.no_pin") });
    this.box = element("div", { class: "sketch small", id: "pin-map", role: "application", "aria-label": say("grid.map"), hidden: true });
    this.said = element("p", { class: "said", role: "alert", hidden: true });
    const drawable = this.grid.points.length || this.grid.outlines.length;
    const form = element("form", { class: "record-sheet flag-sheet", noValidate: true, autocomplete: "off" },
      element("header", { class: "dialog-head" }, element("h2", { id: "flag-title", text: say("grid.report") }),
        element("button", { class: "close", "aria-label": say("app.close"), text: "✕", onclick: () => this.dialog.close() })),
      element("div", { class: "dialog-main", tabIndex: -1 },
        chipset("kind", say("grid.what"), marked, { type: "radio", ticked: [kind] }), this.house,
        element("label", { class: "field" }, this.asked, this.note),
        element("div", { class: "tools" }, drawable ? tool("pin-on-map", "▦", say("grid.on_map"), () => this.openMap()) : null,
          tool("pin-here", "◎", say("grid.here"), () => this.locate()), this.photos.button),
        this.pinned, this.box, this.photos.panel),
      element("footer", { class: "dialog-foot" }, this.said, element("button", { type: "submit", class: "primary wide save", text: say("grid.send") })));
    form.addEventListener("submit", (event) => this.submit(event));
    return form;
  }

  refill({ id, body, door }) {
    this.door = door;
    this.note.value = body.note;
    for (const box of this.form.querySelectorAll('[name="kind"]')) box.checked = box.value === body.kind;
    this.photos.refill(pictures.get(id) || []);
    if (body.position) this.mark(body.position, say("grid.pinned"));
  }

  /** The household of the list that it is about, if any; without one the note has to say which door. */
  showDoor() {
    const { door } = this;
    const drop = element("button", { text: say("grid.not_this"), onclick: () => { this.door = null; this.showDoor(); } });
    refill(this.house, door && element("p", { class: "line" }, element("span", {}, element("strong", { text: door.title }), ` ${door.address}`), drop));
    refill(this.asked, say(door ? "grid.note_optional" : "grid.note"), !door && element("span", { class: "quiet", text: ` ${say("grid.note_hint")}` }));
  }

  /** What was reported in this grid already, so that nobody does it twice. */
  reported() {
    return this.context.packet.grid.flags.filter((flag) => flag.position && flag.open && flag.grid_code === this.grid.code);
  }

  async openMap() {
    this.box.hidden = false;
    try {
      this.map = this.map || (await pinMap(this.box, this.grid, this.reported(), (point) => this.mark(point, say("grid.pinned"))));
    } catch (error) {
      this.box.hidden = true;
      this.pinned.textContent = say("grid.no_map");
    }
    return this.map;
  }

  async locate() {
    this.pinned.textContent = say("grid.locating");
    try {
      const { lon, lat, accuracy_m } = await whereAmI();
      this.mark({ lon, lat, accuracy_m: Math.round(accuracy_m) }, say("grid.located", { metres: Math.round(accuracy_m) }));
      if (this.map) this.map.place(this.position);
    } catch (error) {
      this.pinned.textContent = say("grid.no_position");
    }
  }

  mark(position, words) {
    this.position = position;
    this.pinned.textContent = `✓ ${words}`;
  }

  tell(text) {
    this.said.textContent = text;
    this.said.hidden = !text;
  }

  body() {
    const kind = this.form.querySelector('[name="kind"]:checked');
    return {
      grid_code: this.grid.code,
      kind: kind ? kind.value : "",
      note: this.note.value.trim(),
      position: this.position,
      household_id: this.door ? this.door.household_id : "",
    };
  }

  async submit(event) {
    event.preventDefault();
    const body = this.body();
    if (!body.kind) return this.tell(say("grid.no_kind"));
    if (!this.door && body.note.length < LEAST_NOTE) return this.tell(say("grid.no_note"));
    if (this.saving) return undefined;
    this.saving = true;
    try {
      await this.save(body);
      this.saved = true;
      this.dialog.close();
    } catch (error) {
      this.tell(error.message);
    }
    this.saving = false;
    return undefined;
  }

  async save(body) {
    const { context, door } = this;
    const label = context.packet.grid.kinds.find(([code]) => code === body.kind)[1];
    const place = body.position && [body.position.lat, body.position.lon];
    const shown = { ...body, position: place, kind_label: label, door: door ? `${door.title} ${door.address}` : "" };
    const photos = this.photos.value();
    const id = await context.outbox.add("flag", body, { about: `${label} ${shown.door || body.note}`, key: this.key, photos, undo: true });
    pictures.set(id, photos);
    // the newest packet may have come meanwhile
    context.packet.grid.flags.unshift({ id, ...shown, state: "", state_label: "", open: true, own: true, steps: [], local: true });
    await context.save();
  }

  open() {
    this.dialog = element("dialog", { class: "full record", "aria-labelledby": "flag-title" }, this.form);
    document.body.append(this.dialog);
    this.dialog.showModal();
    return new Promise((resolve) => this.dialog.addEventListener("close", () => {
      if (this.map) this.map.remove();
      this.dialog.remove();
      resolve(this.saved);
    }));
  }
}

/**
 * Open the sheet; resolves to whether something was saved. door: {household_id, title, address} of the list;
 * draft: {id, body, door} of what was taken back.
 */
export function openFlag(context, grid, given = {}) {
  return new FlagSheet(context, grid, given).open();
}
