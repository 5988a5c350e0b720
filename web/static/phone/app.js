/* The app: opens the vault, draws one view at a time, keeps today's packet fresh. */

import { ask } from "./api.js";
import { admit } from "./lock.js";
import { heldLines, packetLine } from "./held.js";
import { keepShell } from "./offline.js";
import { Outbox } from "./outbox.js";
import { openVault } from "./vault.js";
import { carryOver } from "./packet.js";
import { element, refill, say } from "./words.js";
import { openHelp } from "./safety.js";
import * as grid from "./grid.js";
import * as month from "./month.js";
import * as more from "./more.js";
import * as today from "./today.js";

const VIEWS = { today, grid, month, more };
const MARKS = { today: "☰", grid: "▦", month: "◷", more: "⋯" };
const INVITATION = /^#bind=([\w.~-]+)$/;
const REFRESH_MS = 15 * 60 * 1000;

const at = (id) => document.getElementById(id);
const version = document.documentElement.dataset.version;

/** Take the invitation out of the address at once: a phone shows and keeps addresses. */
function takeInvitation() {
  const found = INVITATION.exec(location.hash);
  if (found) history.replaceState(null, "", "/phone");
  return found ? found[1] : "";
}

class App {
  constructor(vault, outbox) {
    this.vault = vault;
    this.outbox = outbox;
    this.version = version;
    this.packet = null;
    this.position = null;
    this.shell = null;
    this.cleanups = [];
    this.open = false;
    this.failure = null;
  }

  /** Listen until the view changes. */
  on(target, type, handler) {
    target.addEventListener(type, handler);
    this.cleanup(() => target.removeEventListener(type, handler));
  }

  cleanup(action) {
    this.cleanups.push(action);
  }

  go(hash) {
    if (location.hash === hash) this.draw();
    else location.hash = hash;
  }

  save() {
    return this.vault.savePacket(this.packet);
  }

  /** Draw the view that the address names. */
  draw() {
    if (!this.open) return;
    this.leave();
    const name = this.viewName();
    at("title").textContent = say(`app.${name === "today" && this.packet && this.packet.kind === "list" ? "list" : name}`);
    this.drawTabs(name);
    this.drawLines();
    refill(at("main"));
    try {
      VIEWS[name].show(at("main"), this);
    } catch (error) {
      refill(at("main"), element("p", { class: "said", text: say("app.failed", { reason: error.message }) }));
      throw error;
    }
  }

  leave() {
    for (const action of this.cleanups.splice(0)) action();
  }

  viewName() {
    const name = location.hash.slice(1).split("/")[0];
    return this.tabs().includes(name) ? name : this.tabs()[0];
  }

  tabs() {
    const grid = this.packet && this.packet.grid && VIEWS.grid;
    const onlyGrid = grid && this.packet.kind === "none" && !this.packet.stops.length;
    return [onlyGrid ? "" : "today", grid ? "grid" : "", onlyGrid ? "" : "month", "more"].filter(Boolean);
  }

  drawTabs(current) {
    const link = (name) =>
      element("a", { class: `tab ${name}`, href: `#${name}`, "aria-current": name === current && "page" },
        element("span", { class: "tab-mark", "aria-hidden": "true", text: MARKS[name] }), say(`app.${name}`));
    at("nav").hidden = false;
    at("nav").setAttribute("aria-label", say("app.tabs"));
    refill(at("nav"), ...this.tabs().map(link));
  }

  /** What the phone holds, and what the station holds of it. */
  drawLines() {
    const line = at("ready");
    const told = this.readiness();
    line.hidden = !told.text;
    line.className = `state ${told.mark}`;
    line.textContent = told.text;
    const { mark, lines } = heldLines(this.outbox.held(), this.outbox.photos());
    at("held").hidden = !lines.length;
    at("held").className = `state ${mark}`;
    at("held").textContent = lines.map(([key, values]) => say(key, values)).join(" · ");
  }

  readiness() {
    const { failure } = this;
    if (failure && (!this.packet || failure.code !== "offline")) return { mark: "wait", text: say("app.packet_failed", { reason: reasonOf(failure) }) };
    if (!this.packet || !this.shell) return { mark: "", text: say("app.downloading") };
    if (!this.shell.ready) {
      const reason = say(`app.${this.shell.reason}`, { count: this.shell.count });
      return { mark: "wait", text: say("app.not_ready", { reason }) };
    }
    const { mark, line: [key, values] } = packetLine(this.packet, this.vault.now(), this.vault.state().expires_at);
    return { mark, text: say(key, values) };
  }

  /** Load today's packet; without a signal the one on the phone stays. */
  async refresh() {
    try {
      const fresh = await ask(this.vault, "/phone/packet");
      const { account } = this.vault.state();
      // locked or somebody else's phone by now: the next opening asks again
      if (!account || account.id !== fresh.account.id) return;
      this.packet = carryOver(this.packet, fresh, this.outbox.entries());
      await this.save();
      this.failure = null;
    } catch (error) {
      this.failure = error;
    }
    this.redraw();
  }

  /** Draw again, but not under somebody's hands. */
  redraw() {
    if (document.querySelector("dialog[open]")) this.drawLines();
    else this.draw();
  }

  /** Lock: the keys leave the memory, the PIN brings them back. */
  close() {
    this.vault.lock();
    return this.enter("", "");
  }

  /** Ask for the PIN or the sign-in, then show what the phone holds and look for news. */
  async enter(invitation, said) {
    this.open = false;
    this.leave();
    at("nav").hidden = at("ready").hidden = at("held").hidden = true;
    at("title").textContent = say("app.name");
    await admit(at("main"), { vault: this.vault, invitation, app: version, said });
    this.open = true;
    this.packet = await this.vault.packet();
    this.draw();
    await this.renew();
  }

  /** Look for news of the day and of the app itself. */
  renew() {
    return Promise.all([this.refresh(), this.check().then(() => this.drawLines())]);
  }

  async check() {
    this.shell = await keepShell();
    const state = await this.vault.state();
    if (this.shell.ready && state.storage === "memory") this.shell = { ready: false, reason: "reason_memory" };
  }
}

const reasonOf = (error) => (error.code === "offline" ? say("app.no_signal") : error.message);

function offerHelp(app) {
  const help = at("help");
  help.textContent = say("safety.help");
  help.hidden = false;
  help.addEventListener("click", () => openHelp(app));
}

async function start() {
  const invitation = takeInvitation();
  refill(at("main"), element("p", { class: "quiet", text: say("app.loading") }));
  const vault = await openVault();
  const outbox = new Outbox(vault);
  const app = new App(vault, outbox);
  offerHelp(app);
  window.addEventListener("hashchange", () => {
    const asked = takeInvitation();
    if (asked) app.enter(asked, "");
    else app.draw();
  });
  // signed out here, closed by the station, locked in another window: the same way back
  vault.addEventListener("forgotten", () => app.open && app.enter("", ""));
  window.addEventListener("phone:closed", (event) => app.enter("", event.detail.message));
  outbox.addEventListener("change", () => app.open && app.drawLines());
  window.addEventListener("online", () => app.open && app.renew());
  setInterval(() => app.open && !document.hidden && app.refresh(), REFRESH_MS);
  outbox.flush();
  await app.enter(invitation, "");
}

start();
