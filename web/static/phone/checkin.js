/* Checking in: one point, because somebody tapped, with its accuracy in words and always a way on. */

import { metresBetween, rounded, whereAmI } from "./geo.js";
import { element, refill, say } from "./words.js";

const GOOD_M = 25;
const FAIR_M = 100;
const FAR_M = 250;
const DOOR_M = 50;

/** Say how good a point is: [key, metres]. */
export function accuracyWords(metres) {
  const rough = Math.max(1, Math.round(metres));
  if (metres <= GOOD_M) return ["good", rough];
  return [metres <= FAIR_M ? "fair" : "poor", rough];
}

/** How a point fits the registered one: "", "near", "far" or "unsure". */
export function fitOf(place, position) {
  if (!position) return { word: "", metres: 0 };
  const metres = metresBetween([place.lat, place.lon], position);
  if (metres - place.accuracy_m > FAR_M) return { word: "far", metres: rounded(metres) };
  return { word: place.accuracy_m > FAR_M ? "unsure" : "near", metres: rounded(metres) };
}

export class CheckIn {
  /** stop: the door; onElsewhere() is called where somebody was met somewhere else. */
  constructor(stop, onElsewhere) {
    Object.assign(this, { stop, onElsewhere, place: null, pins: new Set() });
    this.said = element("p", { class: "check-said", role: "status" });
    this.choices = element("div", { class: "choices" });
    this.button = element("button", { class: "tool", id: "check-in", onclick: () => this.locate() },
      element("span", { class: "tool-mark", "aria-hidden": "true", text: "◎" }), element("span", { class: "tool-text", text: say("record.check_in") }));
    this.panel = element("div", { class: "panel check", hidden: true }, this.said, this.choices);
  }

  value() {
    return this.place && { lon: this.place.lon, lat: this.place.lat, accuracy_m: Math.round(this.place.accuracy_m) };
  }

  /** The better points that are proposed for this house. */
  pinned() {
    return this.place ? [...this.pins] : [];
  }

  refill(value, pins) {
    if (!value) return;
    this.place = { lon: value.lon, lat: value.lat, accuracy_m: value.accuracy_m || 0 };
    this.pins = new Set(pins || []);
    this.show();
  }

  async locate() {
    this.panel.hidden = false;
    this.said.textContent = say("record.locating");
    refill(this.choices);
    try {
      this.place = await whereAmI();
      this.show();
    } catch (error) {
      this.said.textContent = say("record.no_position");
      refill(this.choices, this.way("again", () => this.locate()), this.way("without", () => this.drop()));
    }
  }

  show() {
    const [word, metres] = accuracyWords(this.place.accuracy_m);
    const fit = fitOf(this.place, this.stop.position);
    const words = [say(`record.accuracy_${word}`, { metres }), fit.word && say(`record.fit_${fit.word}`, { metres: fit.metres })];
    this.panel.hidden = false;
    this.said.textContent = words.filter(Boolean).join(" ");
    this.mark(true);
    refill(this.choices, ...this.ways(word, fit.word));
  }

  /** Whatever the phone says, one may keep the point, take another, or say that it was not at the house. */
  ways(word, fit) {
    const doubtful = word === "poor" || fit === "far";
    const pins = this.place.accuracy_m <= DOOR_M ? [this.pin("door"), this.pin("entry")] : [];
    return [
      doubtful && this.way("keep", () => this.keep()),
      this.way("again", () => this.locate()),
      this.way("elsewhere", () => this.elsewhere()),
      this.way("drop", () => this.drop()),
      ...pins,
    ];
  }

  way(key, action) {
    return element("button", { data: { way: key }, text: say(`record.point_${key}`), onclick: action });
  }

  pin(which) {
    const button = element("button", { class: "pin", data: { pin: which }, "aria-pressed": String(this.pins.has(which)), text: say(`record.pin_${which}`) });
    button.onclick = () => {
      if (!this.pins.delete(which)) this.pins.add(which);
      button.setAttribute("aria-pressed", String(this.pins.has(which)));
      button.dispatchEvent(new Event("change", { bubbles: true }));
    };
    return button;
  }

  keep() {
    this.said.textContent = say("record.kept");
    refill(this.choices, this.way("again", () => this.locate()), this.way("drop", () => this.drop()));
  }

  elsewhere() {
    this.pins.clear();
    this.said.textContent = say("record.met_elsewhere");
    refill(this.choices, this.way("drop", () => this.drop()));
    this.onElsewhere();
  }

  drop() {
    this.place = null;
    this.pins.clear();
    this.panel.hidden = true;
    this.mark(false);
  }

  mark(on) {
    this.button.classList.toggle("on", on);
    this.button.querySelector(".tool-text").textContent = say(on ? "record.checked_in" : "record.check_in");
  }
}
