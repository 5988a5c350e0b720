/* The screens before the day: sign in, choose the code, unlock; and what is said where a phone cannot keep it. */

import { askOpenly, askTime, renew } from "./api.js";
import { isTrivial, Keypad } from "./keypad.js";
import { choose, element, language, refill, say } from "./words.js";

const SIGN_IN = "/phone/sign-in";
const WECHAT = /MicroMessenger/i;
const HOUR_MS = 3600 * 1000;

let renewing = 0;

/** A phone that is used each day is not asked for a new code: its keys are renewed while it may still read. */
function keepRenewed(vault) {
  const ask = () => vault.state().locked || renew(vault).catch(() => undefined);
  clearInterval(renewing);
  renewing = setInterval(ask, HOUR_MS);
  ask();
}

const said = (text, kind) => text && element("p", { class: `said ${kind || ""}`, role: "alert", text });

/** Shows one screen after the other in a place, until the vault is open. */
class Door {
  constructor(main, { vault, invitation, app, said: first }) {
    this.main = main;
    this.vault = vault;
    this.invitation = invitation || "";
    this.app = app || "";
    this.first = first || "";
    this.keypad = null;
    this.open = new Promise((resolve) => {
      this.done = resolve;
    });
  }

  screen(title, ...parts) {
    if (this.keypad) this.keypad.close();
    this.keypad = null;
    const heading = element("h2", { class: "lock-title", tabIndex: -1, text: title });
    refill(this.main, element("section", { class: "lock" }, heading, ...parts, this.languages()));
    heading.focus();
  }

  languages() {
    const other = language() === "en" ? "zh-CN" : "en";
    const pressed = () => {
      choose(other);
      if (this.invitation) location.hash = `#bind=${this.invitation}`;
      location.reload();
    };
    return element("button", { class: "lock-language", lang: other, text: other === "en" ? "English" : "中文", onclick: pressed });
  }

  /** The screen that fits what the phone holds. */
  begin() {
    if (!window.isSecureContext || !window.indexedDB || !crypto.subtle) return this.insecure();
    if (WECHAT.test(navigator.userAgent) && !this.insisted) return this.wechat();
    if (this.invitation) return this.invited();
    const { signed, locked } = this.vault.state();
    if (signed && !locked) return this.enter();
    return signed ? this.unlock() : this.signIn(this.first || this.reason());
  }

  async enter() {
    if (this.keypad) this.keypad.close();
    if (this.vault.state().hold === "pin") keepRenewed(this.vault);
    this.done();
  }

  /** Why the phone is closed, where it was open before. */
  reason() {
    const { closed } = this.vault.state();
    return closed ? say(`lock.closed_${closed}`) : "";
  }

  insecure() {
    this.screen(say("lock.insecure"), element("p", { text: say("lock.insecure_why") }), element("p", { class: "lock-address", text: location.host }));
  }

  wechat() {
    // whoever opens this address in the browser brings the code along
    if (this.invitation) history.replaceState(null, "", `/phone#bind=${this.invitation}`);
    const anyway = () => {
      this.insisted = true;
      history.replaceState(null, "", "/phone");
      this.begin();
    };
    const steps = element("ol", { class: "lock-steps" }, ...["wechat_1", "wechat_2", "wechat_3"].map((key) => element("li", { text: say(`lock.${key}`) })));
    this.screen(say("lock.wechat"), steps, element("button", { text: say("lock.wechat_anyway"), onclick: anyway }));
  }

  /** Nothing is used up before the code is chosen: who gives up in between scans again. */
  async invited() {
    const { invitation } = this;
    this.screen(say("lock.welcome"), element("p", { class: "quiet", text: say("lock.checking") }));
    try {
      const { hold } = await askOpenly(SIGN_IN, { method: "POST", json: { invitation, look: true } });
      const { device } = this.vault.state();
      const take = () => askOpenly(SIGN_IN, { method: "POST", json: { invitation, device, app: this.app } });
      this.choose(hold, take);
    } catch (error) {
      this.failed(error, () => this.invited());
    }
  }

  failed(error, again) {
    if (error.code !== "offline") {
      this.invitation = "";
      return this.signIn(error.message);
    }
    return this.screen(say("lock.no_signal"), element("p", { text: say("lock.no_signal_why") }), element("button", { class: "primary wide", text: say("lock.again"), onclick: again }));
  }

  signIn(problem) {
    const field = (name, type, complete) =>
      element("label", { class: "lock-field" }, say(`lock.${name}`), element("input", { name, type, autocomplete: complete, autocapitalize: "off", spellcheck: false, required: true, maxLength: 64 }));
    const form = element("form", { class: "lock-form" }, field("login", "text", "off"), field("password", "password", "new-password"), element("button", { class: "primary wide", type: "submit", text: say("lock.sign_in") }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.byPassword(form);
    });
    const scan = element("p", { class: "lock-scan", text: say("lock.scan") });
    const other = element("details", { class: "lock-other", open: false }, element("summary", { text: say("lock.by_password") }), form);
    this.screen(say("lock.sign_in_title"), said(problem), this.storage(), scan, other, element("p", { class: "quiet", text: say("lock.kept") }));
  }

  storage() {
    return this.vault.state().storage === "memory" && said(say("lock.memory"), "warn");
  }

  async byPassword(form) {
    const [login, password] = ["login", "password"].map((name) => form.elements.namedItem(name).value);
    const { device } = this.vault.state();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const answer = await askOpenly(SIGN_IN, { method: "POST", json: { login, password, device, app: this.app } });
      this.choose(answer.hold, async () => answer);
    } catch (error) {
      this.signIn(error.code === "offline" ? say("lock.no_signal_why") : error.message);
      this.main.querySelector("details").open = true;
      this.main.querySelector("[name=login]").value = login;
    }
  }

  /** Choose the code, where the county lets a phone keep anything; then take the keys. */
  choose(hold, take) {
    if (hold !== "pin" || this.vault.state().storage === "memory") return this.take(take, "");
    return this.firstTime("", take);
  }

  firstTime(problem, take) {
    const entered = (pin) => {
      if (isTrivial(pin)) this.firstTime(say("lock.trivial"), take);
      else this.secondTime(pin, take);
    };
    this.asked(say("lock.choose"), say("lock.choose_why"), problem, entered);
  }

  secondTime(chosen, take) {
    const entered = (pin) => (pin === chosen ? this.take(take, pin) : this.firstTime(say("lock.differs"), take));
    this.asked(say("lock.repeat"), "", "", entered);
  }

  asked(title, why, problem, entered, ...more) {
    const keypad = new Keypad(entered);
    this.screen(title, said(problem), why && element("p", { class: "lock-why", text: why }), keypad.place, ...more);
    this.keypad = keypad;
  }

  async take(take, pin) {
    this.screen(say("lock.wait"));
    try {
      await this.vault.signIn(await take(), pin);
      if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => undefined);
      this.invitation = "";
      await this.enter();
    } catch (error) {
      this.failed(error, () => this.take(take, pin));
    }
  }

  unlock(problem) {
    const forgotten = element("button", { class: "lock-forgotten", text: say("lock.forgotten"), onclick: () => this.forgotten() });
    this.asked(say("lock.unlock"), "", problem || this.first, (pin) => this.tried(pin), forgotten);
  }

  async tried(pin) {
    try {
      await this.vault.unlock(pin);
      await this.enter();
    } catch (error) {
      await this.refused(error);
    }
  }

  async refused(error) {
    if (error.reason === "clock") return this.clockBack();
    // no refusal of the vault: the browser could not write, and a try that is not counted is not made
    if (!error.reason) return this.unlock(say("lock.full"));
    if (error.reason === "pin" && error.left > 0) return this.unlock(say("lock.wrong", { left: error.left }));
    return this.signIn(this.reason());
  }

  /** The clock stands before what this phone has seen: the station may know better. */
  async clockBack() {
    try {
      await askTime(this.vault);
      return this.unlock(say("lock.clock_mended"));
    } catch (error) {
      return this.unlock(say("lock.clock_back"));
    }
  }

  forgotten() {
    const wipe = element("button", { class: "danger wide", text: say("lock.wipe"), onclick: async () => {
      await this.vault.forget();
      this.signIn("");
    } });
    const back = element("button", { class: "wide", text: say("lock.back_to_code"), onclick: () => this.unlock() });
    this.screen(say("lock.forgotten"), element("p", { text: say("lock.forgotten_why") }), back, wipe);
  }
}

/**
 * Show the screens in `main` until somebody may see the day; resolves then.
 * `invitation`: the token of the QR code; `said`: what closed the app before.
 */
export function admit(main, options) {
  const door = new Door(main, options);
  door.begin();
  return door.open;
}
