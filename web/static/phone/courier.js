/* Carries sealed envelopes to the station, again and again until it says that it holds them.
   Every envelope has an id made on the phone, so that sending twice is the same as sending once. */

import { ask } from "./api.js";
import { toBase64url } from "./bytes.js";
import { sendPhotos } from "./uploads.js";

const BATCH = 20;
const BATCH_BYTES = 1400000;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 5 * 60 * 1000;
const TICK_MS = 60 * 1000;
const ASK_AGAIN_MS = 3600 * 1000;
/** Asked for at once; the station takes ten thousand. */
const MOST_ASKED = 9000;
const LOCK = "fieldmap-outbox";
/** The station refuses the whole request: one of the envelopes in it is to be found out. */
const UNSPLIT = [400, 413, 422];

const version = document.documentElement.dataset.version || "";

export class Courier {
  constructor(outbox) {
    this.outbox = outbox;
    this.vault = outbox.vault;
    this.shelf = outbox.shelf;
    this.running = null;
    this.again = false;
    this.failed = 0;
    this.size = BATCH;
    this.asked = 0;
    this.compared = 0;
    this.timer = 0;
    this.given = new Set();
    this.listen();
  }

  listen() {
    window.addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.flush());
    setInterval(() => Date.now() - this.asked > ASK_AGAIN_MS && this.flush(), TICK_MS);
  }

  /** Let envelopes go before the photos that are on their way. */
  interrupt() {
    this.again = Boolean(this.running);
  }

  /** Send what waits; resolves to whether everything went. One window sends at a time. */
  flush() {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    clearTimeout(this.timer);
    const next = (done) => {
      this.running = null;
      if (!this.again) return done;
      this.again = false;
      return this.flush();
    };
    this.running = this.alone().then(next, () => next(false));
    return this.running;
  }

  async alone() {
    if (!navigator.locks) return this.round();
    return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
      if (lock) return this.round();
      this.later(FIRST_WAIT_MS);
      return false;
    });
  }

  async round() {
    try {
      await this.outbox.ready;
      await this.sendAll();
      await sendPhotos(this.outbox, () => this.again);
      if (this.failed) await this.vault.note({ failures: 0 });
      this.failed = 0;
      return true;
    } catch (error) {
      this.failed += 1;
      await this.vault.note({ failures: this.vault.clear.failures + 1 }).catch(() => undefined);
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.failed - 1, 10));
      this.later(Math.max(wait * (0.5 + Math.random() / 2), (error.wait || 0) * 1000));
      return false;
    }
  }

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), ms);
  }

  /** Batches until nothing is left; the first, once an hour, also asks whether the station still has what it held. */
  async sendAll() {
    this.size = BATCH;
    const seen = new Set();
    const held = await this.toCompare();
    let greet = (await this.shelf.all("outbox")).some((record) => record.receipt);
    // where there was no answer last time, nothing counts as sent before there is one
    let knock = this.failed > 0 || !navigator.onLine;
    for (;;) {
      const batch = knock ? [] : await this.take(seen);
      if (!knock && !batch.length && !greet) return;
      const told = await this.post(batch, held, seen);
      if (!told) continue;
      knock = false;
      greet = false;
      this.asked = Date.now();
      if (held.splice(0).length) this.compared = this.asked;
      await this.vault.hear(told.now);
      await this.receive(told);
    }
  }

  /** The newest ids of what the station held, envelopes and pictures; none where it was asked within the hour. */
  async toCompare() {
    if (Date.now() - this.compared < ASK_AGAIN_MS) return [];
    const [records, photos] = await Promise.all([this.shelf.all("outbox"), this.shelf.all("photos")]);
    const held = records.filter((record) => record.receipt).concat(photos.filter((meta) => meta.held));
    return held.map(({ id }) => id).sort().slice(-MOST_ASKED);
  }

  /** Envelopes for one request; they count as tried before they go, so that an undo knows. */
  async take(seen) {
    const batch = [];
    await this.shelf.change(["outbox", "sealed"], async (hand) => {
      let bytes = 0;
      for (const record of (await hand.all("outbox")).filter((one) => this.due(one) && !seen.has(one.id)).sort(byAge)) {
        const sealed = await hand.get("sealed", record.id);
        bytes += (sealed.bytes.length * 4) / 3 + 100;
        if (batch.length && (batch.length >= this.size || bytes > BATCH_BYTES)) break;
        batch.push({ id: record.id, sealed: toBase64url(sealed.bytes) });
        await hand.put("outbox", { ...record, tried: record.tried + 1 });
      }
    });
    for (const { id } of batch) seen.add(id);
    return batch;
  }

  /** What the station could not open is tried once each time the app is opened. A refusal that came
      while nobody could read its reason is asked for again once the app is open. */
  due({ id, state, untold }) {
    if (state === "unreadable") return !this.given.has(id);
    return state === "waiting" || (state === "rejected" && untold && !this.vault.state().locked);
  }

  async post(batch, held, seen) {
    const waiting = (await this.shelf.all("outbox")).filter((record) => record.state === "waiting").length;
    const json = { app: version, waiting, failures: this.vault.clear.failures, envelopes: batch, held };
    try {
      return await ask(this.vault, "/phone/outbox", { method: "POST", json });
    } catch (error) {
      if (!UNSPLIT.includes(error.status) || !batch.length) throw error;
      if (batch.length > 1) for (const { id } of batch) seen.delete(id);
      this.size = 1;
      return null;
    }
  }

  async receive({ receipts, missing }) {
    const messages = new Map();
    const locked = this.vault.state().locked;
    for (const { id, message, fields } of receipts) {
      if (message && !locked) messages.set(id, await this.vault.conceal(`message ${id}`, { message, fields }));
    }
    await this.shelf.change(["outbox", "drafts", "photos"], async (hand) => {
      for (const receipt of receipts) await this.note(hand, receipt, messages.get(receipt.id) || null);
      for (const id of missing) await this.resend(hand, id);
    });
    for (const { id, state } of receipts) if (state === "unreadable") this.given.add(id);
    await this.outbox.spare.drop(receipts.filter(({ state }) => state !== "unreadable").map(({ id }) => id));
    await this.outbox.changed();
    for (const receipt of receipts) this.outbox.dispatchEvent(new CustomEvent("receipt", { detail: receipt }));
  }

  async note(hand, { id, state, sha256, at, received_at, code, message }, told) {
    const record = await hand.get("outbox", id);
    if (!record) return;
    const receipt = { sha256, at, received_at, ms: Date.parse(received_at) || this.vault.now().getTime() };
    const untold = Boolean(message) && !told;
    const next = record.state === "withdrawn" ? "withdrawn" : state;
    await hand.put("outbox", { ...record, state: next, code: code || "", message: told, untold, receipt });
  }

  /** The station came back from an older backup: what it held then goes once more, with its photos. */
  async resend(hand, id) {
    const picture = await hand.get("photos", id);
    if (picture) return void (await hand.put("photos", { ...picture, held: false, at: 0 }));
    const record = await hand.get("outbox", id);
    if (!record) return;
    if (record.state === "withdrawn") await hand.put("outbox", { ...record, receipt: null });
    else await hand.put("outbox", { ...record, state: "waiting", receipt: null });
    for (const meta of (await hand.all("photos")).filter((one) => one.of === id)) {
      await hand.put("photos", { ...meta, held: false, at: 0 });
    }
  }
}

const byAge = (a, b) => (a.id < b.id ? -1 : 1);
