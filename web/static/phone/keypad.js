/* A keypad of our own for the six digits: big keys, dots, no keyboard that covers the screen or learns them. */

import { element, refill, say } from "./words.js";

export const LENGTH = 6;

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "clear", "0", "back"];
const SIGNS = { clear: "✕", back: "⌫" };

/** Would somebody who found the phone try it first? One digit, a run, or a piece repeated. */
export function isTrivial(pin) {
  const digits = Array.from(pin, Number);
  const steps = new Set(digits.slice(1).map((digit, at) => (digit - digits[at] + 10) % 10));
  const repeated = [1, 2, 3].some((size) => pin === pin.slice(0, size).repeat(LENGTH / size));
  return repeated || (steps.size === 1 && (steps.has(1) || steps.has(9)));
}

/** A keypad; `entered(pin)` is called with six digits, the dots are cleared when its promise is done. */
export class Keypad {
  constructor(entered) {
    this.entered = entered;
    this.pin = "";
    this.busy = false;
    this.dots = element("p", { class: "pin-dots", role: "status" });
    this.keys = element("div", { class: "pin-keys" }, ...KEYS.map((key) => this.key(key)));
    this.place = element("div", { class: "keypad" }, this.dots, this.keys);
    this.typed = (event) => this.type(event);
    document.addEventListener("keydown", this.typed);
    this.draw();
  }

  key(name) {
    const label = SIGNS[name] ? say(`lock.${name}`) : null;
    return element("button", { class: "pin-key", "aria-label": label, data: { key: name }, text: SIGNS[name] || name, onclick: () => this.press(name) });
  }

  type(event) {
    if (!this.place.isConnected || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^\d$/.test(event.key)) this.press(event.key);
    else if (event.key === "Backspace") this.press("back");
  }

  async press(name) {
    if (this.busy) return;
    if (name === "clear") this.pin = "";
    else if (name === "back") this.pin = this.pin.slice(0, -1);
    else if (this.pin.length < LENGTH) this.pin += name;
    this.draw();
    if (this.pin.length === LENGTH) await this.finish();
  }

  async finish() {
    this.busy = true;
    this.keys.classList.add("busy");
    const { pin } = this;
    try {
      await this.entered(pin);
    } finally {
      this.pin = "";
      this.busy = false;
      this.keys.classList.remove("busy");
      this.draw();
    }
  }

  draw() {
    const dot = (_, at) => element("span", { class: at < this.pin.length ? "pin-dot full" : "pin-dot", "aria-hidden": "true" });
    const told = element("span", { class: "pin-count", text: say("lock.entered", { count: this.pin.length }) });
    refill(this.dots, ...Array.from({ length: LENGTH }, dot), told);
  }

  /** Take it away from the keyboard. */
  close() {
    document.removeEventListener("keydown", this.typed);
  }
}
