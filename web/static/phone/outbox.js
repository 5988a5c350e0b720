/* What was saved on this phone and how far it has come. Saved means: sealed to the station and on the disk.
   Until ten minutes later it can be taken back; after that this phone cannot read it any more. */

import { concat, sha256, utf8 } from "./bytes.js";
import { Courier } from "./courier.js";
import { dayOf } from "./days.js";
import { seal } from "./seal.js";
import { Spare } from "./spare.js";
import { language, say } from "./words.js";

const UNDO_MS = 10 * 60 * 1000;
const DAY_MS = 24 * 3600 * 1000;
const KEEP_MS = 7 * DAY_MS;
const TIDY_MS = 30 * 1000;
const SAVING = ["outbox", "sealed", "drafts", "keys", "photos", "pictures"];
/** What somebody did, not what was recorded: not counted in "12 of 12 held by the station". */
const UNCOUNTED = ["withdraw", "outing", "order"];

/** Nothing was saved: `reason` is "full" (the phone has no room), "storage" or "locked". */
export class SaveError extends Error {
  constructor(reason) {
    super(say(`outbox.${reason}`));
    this.reason = reason;
  }
}

/** A picture with what the station must know of it: header length (4 bytes, big-endian), header, bytes. */
function framed(header, bytes) {
  const told = utf8(JSON.stringify(header));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, told.length);
  return concat(length, told, bytes);
}

export class Outbox extends EventTarget {
  constructor(vault) {
    super();
    this.vault = vault;
    this.shelf = vault.shelf;
    this.records = [];
    this.read = new Map();
    this.kept = [];
    this.pictures = [];
    this.spare = new Spare(this.shelf);
    this.courier = new Courier(this);
    this.ready = this.begin();
    vault.whenOpened(() => this.opened());
    vault.addEventListener("forgotten", () => this.load());
    this.listen();
  }

  listen() {
    setInterval(() => this.tidy(), TIDY_MS);
    if (!("BroadcastChannel" in window)) return;
    this.channel = new BroadcastChannel("fieldmap-outbox");
    this.channel.onmessage = () => {
      this.courier.interrupt();
      this.load();
    };
  }

  async opened() {
    await this.tidy();
    await this.load();
    this.courier.flush();
  }

  async begin() {
    await this.spare.mend(this.shelf).catch(() => 0);
    await this.load();
  }

  /** Read again what lies on the phone, as far as it may be read; one reading after the other. */
  load() {
    this.loading = (this.loading || Promise.resolve()).then(() => this.reload());
    return this.loading;
  }

  async reload() {
    const [records, drafts, pictures] = await Promise.all(["outbox", "drafts", "photos"].map((store) => this.shelf.all(store)));
    const read = new Map();
    for (const record of records) read.set(record.id, await this.readable(record));
    const kept = [];
    for (const draft of drafts) {
      const body = await this.vault.reveal(`draft ${draft.id}`, draft.box);
      if (body !== null) kept.push({ ...draft, body });
    }
    this.records = records.sort((a, b) => (a.id < b.id ? -1 : 1));
    this.read = read;
    this.kept = kept;
    this.pictures = pictures;
    this.dispatchEvent(new CustomEvent("change"));
  }

  async readable(record) {
    const [about, told] = await Promise.all([
      this.vault.reveal(`about ${record.id}`, record.about),
      this.vault.reveal(`message ${record.id}`, record.message),
    ]);
    return { about, message: told && told.message, fields: told ? told.fields : [] };
  }

  /** Tell this window and the others that something changed. */
  async changed() {
    await this.load();
    if (this.channel) this.channel.postMessage("changed");
  }

  /**
   * Save one thing; resolves to its id once it is on the disk, sealed.
   *
   * `about`: what the phone's own lists show of it today (any value; no notes).
   * `key`: of one form; saving it twice saves once. `photos`: [{id, kind, blob}].
   * `undo`: keep it readable for ten minutes. `beside`: id of what it is taken back with. Throws a SaveError.
   */
  async add(kind, body, options = {}) {
    if (this.vault.state().locked) throw new SaveError("locked");
    const made = await this.made(kind, body, options);
    const id = await this.saved((hand) => this.shelve(hand, made));
    const copied = id === made.record.id && this.spare.keep(made.record, made.sealed.bytes);
    await Promise.all([copied, this.changed()]);
    this.courier.flush();
    return id;
  }

  async made(kind, body, { about, key, photos, undo, beside }) {
    const { vault } = this;
    const { warrant, station } = vault.credentials();
    const [id, at] = [vault.uuid7(), vault.now()];
    const told = { v: 1, kind, id, warrant, made_at: at.toISOString(), packet_at: vault.packetTime(), skew_s: vault.skewSeconds() };
    const envelope = { ...told, lang: language(), photos: (photos || []).map((photo) => photo.id), body };
    const record = { id, kind, at: at.getTime(), state: "waiting", tried: 0, of: body.of || "", beside: beside || "", code: "", receipt: null, message: null };
    record.key = key ? await sha256(key) : "";
    record.about = about === undefined ? null : await vault.conceal(`about ${id}`, about);
    const sealed = { id, bytes: await seal(station, id, utf8(JSON.stringify(envelope))) };
    const until = record.at + UNDO_MS;
    const draft = undo ? { id, until, box: await vault.conceal(`draft ${id}`, body) } : null;
    const header = { v: 1, of: id, warrant, client_ids: body.client_ids || [] };
    return { record, sealed, draft, photos: await Promise.all((photos || []).map((photo) => this.framed(header, photo, station))) };
  }

  async framed(header, { id, kind, blob }, station) {
    const plain = framed({ ...header, id, kind, type: blob.type }, new Uint8Array(await new Response(blob).arrayBuffer()));
    const bytes = await seal(station, id, plain);
    return { meta: { id, of: header.of, kind, total: bytes.length, at: 0, held: false, refused: "" }, bytes };
  }

  /** Everything of one save in one transaction; a form that was saved already gives the id it got then. */
  async shelve(hand, { record, sealed, draft, photos }) {
    const before = record.key && (await hand.get("keys", record.key));
    if (before) return before.of;
    if (record.key) await hand.put("keys", { id: record.key, of: record.id, at: record.at });
    await hand.put("outbox", record);
    await hand.put("sealed", sealed);
    if (draft) await hand.put("drafts", draft);
    for (const { meta, bytes } of photos) {
      await hand.put("photos", meta);
      await hand.put("pictures", { id: meta.id, bytes });
    }
    return record.id;
  }

  /** Write, making room once by letting go of pictures that the station holds. */
  async saved(work) {
    try {
      return await this.shelf.change(SAVING, work);
    } catch (error) {
      if (error.name !== "QuotaExceededError") throw new SaveError("storage");
    }
    try {
      await this.shelf.change(["photos", "pictures"], (hand) => this.dropPictures(hand, (meta) => meta.held));
      return await this.shelf.change(SAVING, work);
    } catch (error) {
      throw new SaveError(error.name === "QuotaExceededError" ? "full" : "storage");
    }
  }

  /**
   * Take back what was saved in the last ten minutes; resolves to what was in the form, or null where it is
   * too late. What may have been sent already is withdrawn at the station by an envelope of its own; what was
   * saved beside it goes along only as long as it cannot have been sent.
   */
  async undo(id) {
    const draft = this.kept.find((one) => one.id === id && this.vault.now().getTime() < one.until);
    if (!draft || this.vault.state().locked) return null;
    const withdrawal = await this.made("withdraw", { of: id }, {});
    // the second copies go first, so that nothing that was taken back comes back
    await this.spare.drop([id, ...this.records.filter((one) => one.beside === id).map((one) => one.id)]);
    const done = await this.saved((hand) => this.takeBack(hand, id, withdrawal));
    if (await this.shelf.get("outbox", withdrawal.record.id)) await this.spare.keep(withdrawal.record, withdrawal.sealed.bytes);
    await this.changed();
    this.courier.flush();
    return done ? draft.body : null;
  }

  async takeBack(hand, id, withdrawal) {
    const record = await hand.get("outbox", id);
    if (!record || record.state === "withdrawn") return false;
    await hand.remove("drafts", id);
    if (record.key) await hand.remove("keys", record.key);
    await this.dropPictures(hand, (meta) => meta.of === id);
    if (record.tried) {
      await hand.put("outbox", { ...record, state: "withdrawn", about: null, key: "" });
      await this.shelve(hand, withdrawal);
    } else {
      await hand.remove("outbox", id);
      await hand.remove("sealed", id);
    }
    const beside = (await hand.all("outbox")).filter((one) => one.beside === id && !one.tried);
    for (const one of beside) await this.drop(hand, one);
    return true;
  }

  async dropPictures(hand, which) {
    for (const meta of (await hand.all("photos")).filter(which)) {
      await hand.remove("photos", meta.id);
      await hand.remove("pictures", meta.id);
    }
  }

  /** Everything on this phone, the oldest first; `about` and `message` as long as this phone may read them. */
  entries() {
    const until = new Map(this.kept.map((draft) => [draft.id, draft.until]));
    return this.records.map(({ id, kind, at, state, code, receipt, of }) => ({
      id,
      kind,
      at: new Date(at).toISOString(),
      state,
      code,
      receipt,
      of,
      undo_until: until.has(id) ? new Date(until.get(id)).toISOString() : null,
      ...this.read.get(id),
    }));
  }

  /** Whether something that was saved beside another is, or may be, at the station. */
  leftBeside(id) {
    return this.records.some((record) => record.beside === id && ["waiting", "held"].includes(record.state));
  }

  /** What can still be taken back: [{id, until, body}]. */
  drafts() {
    const now = this.vault.now().getTime();
    return this.kept.filter((draft) => now < draft.until).map(({ id, until, body }) => ({ id, until: new Date(until).toISOString(), body }));
  }

  /** What was recorded today, or reached the station today, or waits: all, held by the station, last time. */
  held() {
    const today = dayOf(this.vault.now().getTime());
    const counts = ({ kind, state, at, receipt }) =>
      !UNCOUNTED.includes(kind) && state !== "withdrawn" && (state === "waiting" || dayOf(at) === today || (receipt && dayOf(receipt.ms) === today));
    const counted = this.records.filter(counts);
    const held = counted.filter((record) => record.state === "held");
    const last = held.reduce((found, { receipt }) => (found && found.ms > receipt.ms ? found : receipt), null);
    return { all: counted.length, held: held.length, time: last ? last.at : "" };
  }

  /** How many photos and signatures of today there are or wait, and how many of them the station holds. */
  photos() {
    const today = dayOf(this.vault.now().getTime());
    const records = new Map(this.records.map((record) => [record.id, record]));
    const counts = ({ of, held, refused }) => {
      const record = records.get(of);
      return record && !refused && ["waiting", "held"].includes(record.state) && (!held || dayOf(record.at) === today);
    };
    const counted = this.pictures.filter(counts);
    return { all: counted.length, held: counted.filter((meta) => meta.held).length };
  }

  /** What the station has yet to take. */
  unsent() {
    const { all, held } = this.photos();
    return { records: this.records.filter((record) => record.state === "waiting").length, photos: all - held };
  }

  flush() {
    return this.courier.flush();
  }

  /** Wipe what is sealed as well; refused while something waits for the station. */
  async wipe() {
    const { records, photos } = this.unsent();
    if (records || photos || this.records.some((record) => record.state === "unreadable")) throw new SaveError("waiting");
    await this.spare.clear();
    await this.shelf.change(SAVING, (hand) => Promise.all(SAVING.map((store) => hand.clear(store))));
    await this.changed();
  }

  /** Drop drafts after ten minutes, what was shown of them after their day, copies a week after the receipt. */
  async tidy() {
    const now = this.vault.now().getTime();
    const dropped = await this.shelf.change(SAVING, async (hand) => {
      const drafts = (await hand.all("drafts")).filter((draft) => draft.until <= now);
      for (const draft of drafts) await hand.remove("drafts", draft.id);
      const records = await hand.all("outbox");
      const told = records.filter((record) => record.about && dayOf(record.at) !== dayOf(now) && record.receipt);
      for (const record of told) await hand.put("outbox", { ...record, about: null });
      const unsent = new Set((await hand.all("photos")).filter((meta) => !meta.held && !meta.refused).map((meta) => meta.of));
      const old = records.filter(({ id, receipt, state }) => receipt && receipt.ms < now - KEEP_MS && state !== "unreadable" && !unsent.has(id));
      for (const record of old) await this.drop(hand, record);
      return drafts.length + told.length + old.length;
    });
    if (dropped) await this.load();
  }

  async drop(hand, record) {
    await hand.remove("outbox", record.id);
    await hand.remove("sealed", record.id);
    if (record.key) await hand.remove("keys", record.key);
    await this.dropPictures(hand, (meta) => meta.of === record.id);
  }
}
