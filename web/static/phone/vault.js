/* What the phone may read, and for how long. The token, the reading key and the warrant lie on the phone only
   wrapped by the PIN; the packet and the drafts only encrypted by the reading key. Never bare, and no CryptoKey
   object either: a browser writes its bytes into its files. It also deletes late: what was overwritten stays in its
   log for days. So the wrapping needs a second half, the pepper, which lies in a file of its own (a Blob does) and is
   gone with it at the next renewal or wipe: then no PIN opens what is left in the log. See docs/phone.md. */

import { concat, fromBase64url, hex, random, text, utf8 } from "./bytes.js";
import { openShelf } from "./shelf.js";

const ROUNDS = 600000;
const TRIES = 5;
const LATE_MS = 5 * 60 * 1000;
const TICK_MS = 60 * 1000;
const SEEN_MS = 5 * 60 * 1000;
const SKEW_MS = 2000;
const READABLE = ["vault", "outbox", "drafts"];

/** A refusal of the vault: `reason` is "pin" (with `left` tries), "expired", "clock" or "locked". */
export class VaultError extends Error {
  constructor(reason, left) {
    super(reason);
    this.reason = reason;
    this.left = left;
  }
}

const aes = (raw) => crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);

async function encrypt(key, name, bytes) {
  const iv = random(12);
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: utf8(name) }, key, bytes);
  return { iv, data: new Uint8Array(data) };
}

async function decrypt(key, name, box) {
  const how = { name: "AES-GCM", iv: box.iv, additionalData: utf8(name) };
  return new Uint8Array(await crypto.subtle.decrypt(how, key, box.data));
}

/** What a PIN gives with a salt: 32 bytes, slowly. */
async function stretched(pin, salt, rounds) {
  const raw = await crypto.subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return new Uint8Array(await crypto.subtle.deriveBits(how, raw, 256));
}

/** The key that wraps the secret: both halves are needed, the PIN's and the pepper. */
const wrapped = async (bits, pepper) => aes(await crypto.subtle.digest("SHA-256", concat(bits, pepper)));

const bytesOf = async (blob) => new Uint8Array(await new Response(blob).arrayBuffer());

const NOBODY = {
  id: "clear",
  signed: false,
  hold: "pin",
  expires_at: 0,
  lasts: 0,
  closed: "",
  packet_at: null,
  skew: 0,
  seen: 0,
  wrong: 0,
  failures: 0,
  station: null,
  device: "",
};

class Vault extends EventTarget {
  constructor(shelf, clear) {
    super();
    this.shelf = shelf;
    this.clear = clear;
    this.secret = null;
    this.keys = new Map();
    this.wrapping = null;
    this.kept = null;
    this.openers = [];
    this.turn = Promise.resolve();
  }

  /** Call and await this whenever the vault has been opened. */
  whenOpened(action) {
    this.openers.push(action);
  }

  opened() {
    return Promise.all(this.openers.map((action) => action()));
  }

  /** What may be told without the PIN; `account` only after it. */
  state() {
    const { signed, hold, expires_at, lasts, packet_at, device, wrong, closed } = this.clear;
    return {
      signed: signed || Boolean(this.secret),
      locked: !this.secret,
      account: this.secret ? this.secret.account : null,
      expires_at: expires_at ? new Date(expires_at).toISOString() : null,
      expired: Boolean(expires_at) && this.reached() >= expires_at,
      left: TRIES - wrong,
      storage: this.shelf.storage,
      hold,
      lasts,
      packet_at,
      device,
      closed,
    };
  }

  /** The station's time, as far as this phone knows it. */
  now() {
    return new Date(Date.now() + this.clear.skew);
  }

  /** When what is on this phone was told by the station: the packet, or before one the sign-in. */
  packetTime() {
    const { packet_at, expires_at, lasts } = this.clear;
    return packet_at || new Date(expires_at - lasts).toISOString();
  }

  skewSeconds() {
    return Math.round(this.clear.skew / 1000);
  }

  /** A clock that is set back does not bring the time back. */
  reached() {
    return Math.max(this.now().getTime(), this.clear.seen);
  }

  /** Learn the station's time from an answer of it. */
  async hear(time) {
    const station = Date.parse(time);
    const skew = station - Date.now();
    const changed = Math.abs(skew - this.clear.skew) > SKEW_MS;
    if (changed) await this.note({ skew, seen: station });
    return changed;
  }

  note(changes) {
    return this.shelf.change(["vault"], (hand) => this.amend(hand, changes));
  }

  /** Change what lies in the clear; another window may have changed it since. */
  async amend(hand, changes) {
    const before = await hand.get("vault", "clear");
    this.clear = { ...NOBODY, ...before, ...changes };
    await hand.put("vault", this.clear);
  }

  /** A UUID version 7 (RFC 9562): sorts by the time it was made. */
  uuid7() {
    const bytes = random(16);
    const stamp = this.now().getTime().toString(16).padStart(12, "0");
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const made = stamp + hex(bytes).slice(12);
    return made.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  token() {
    return this.secret ? this.secret.token : "";
  }

  /** Who records and for which station; refused while locked. */
  credentials() {
    if (!this.secret) throw new VaultError("locked");
    return { warrant: this.secret.warrant, station: fromBase64url(this.clear.station.public_key) };
  }

  /** Keep what a sign-in gave; without a PIN, or where the county says so, in memory only. */
  async signIn(answer, pin) {
    const hold = pin ? answer.hold : "memory";
    const salt = random(16);
    const bits = hold === "pin" ? await stretched(pin, salt, ROUNDS) : null;
    this.lock();
    await this.wipe();
    await this.hold({ token: answer.token, warrant: answer.warrant, account: answer.account, key: answer.key, at: 1 });
    this.wrapping = bits && { bits, salt };
    const changes = { hold, signed: hold === "pin", wrong: 0, station: answer.station, packet_at: null };
    await this.write(answer, changes, async () => undefined);
    await this.opened();
  }

  /** Go on with the keys of the next hours; what this phone may still read is encrypted anew. */
  renewed(answer) {
    return this.inTurn(() => this.takeOver(answer));
  }

  async takeOver(answer) {
    const { token, warrant, key } = answer;
    if (!this.secret) throw new VaultError("locked");
    await this.hold({ ...this.secret, token, warrant, key, at: this.secret.at + 1 });
    const again = await this.encryptedAnew();
    await this.write(answer, { station: answer.station }, (hand) => this.replace(hand, again));
    this.tell("renewed");
  }

  async encryptedAnew() {
    const { shelf } = this;
    const packet = await shelf.get("vault", "packet");
    const boxes = packet ? [["vault", packet, "box", "packet"]] : [];
    for (const draft of await shelf.all("drafts")) boxes.push(["drafts", draft, "box", `draft ${draft.id}`]);
    for (const record of await shelf.all("outbox")) {
      for (const field of ["about", "message"]) boxes.push(["outbox", record, field, `${field} ${record.id}`]);
    }
    const anew = async ([store, record, field, name]) => {
      const value = await this.reveal(name, record[field]);
      return value === null ? null : { store, id: record.id, field, box: await this.conceal(name, value) };
    };
    return (await Promise.all(boxes.map(anew))).filter(Boolean);
  }

  async replace(hand, again) {
    for (const { store, id, field, box } of again) {
      const record = await hand.get(store, id);
      // it may have been taken back or written anew meanwhile
      if (record && record[field] && record[field].at < box.at) await hand.put(store, { ...record, [field]: box });
    }
  }

  async write(answer, changes, also) {
    const [station, expires_at] = [Date.parse(answer.now), Date.parse(answer.expires_at)];
    const times = { expires_at, lasts: expires_at - station, skew: station - Date.now(), seen: station };
    const record = await this.wrap();
    await this.shelf.change(READABLE, async (hand) => {
      await this.amend(hand, { ...changes, ...times, closed: "", device: answer.device });
      if (record) await hand.put("vault", record);
      await also(hand);
    });
  }

  async wrap() {
    if (!this.wrapping) return null;
    const pepper = random(32);
    const key = await wrapped(this.wrapping.bits, pepper);
    const box = await encrypt(key, "secret", utf8(JSON.stringify(this.secret)));
    return { id: "wrapped", rounds: ROUNDS, salt: this.wrapping.salt, pepper: new Blob([pepper]), box };
  }

  /** Hold a secret in memory, with the keys that came before it in this window. */
  async hold(secret) {
    this.keys.set(secret.at, await aes(fromBase64url(secret.key)));
    this.secret = secret;
  }

  /** Open with the PIN. The wrong ones are counted before they are tried; the fifth wipes. */
  async unlock(pin) {
    await this.check();
    const kept = await this.shelf.get("vault", "wrapped");
    if (!kept) throw new VaultError("expired");
    const wrong = await this.counted();
    if (wrong > TRIES) {
      // the wipe after the last try was cut off
      await this.forget("pin");
      throw new VaultError("pin", 0);
    }
    try {
      const bits = await stretched(pin, kept.salt, kept.rounds);
      const key = await wrapped(bits, await bytesOf(kept.pepper));
      await this.hold(JSON.parse(text(await decrypt(key, "secret", kept.box))));
      this.wrapping = { bits, salt: kept.salt };
    } catch (error) {
      if (wrong >= TRIES) await this.forget("pin");
      throw new VaultError("pin", TRIES - wrong);
    }
    await this.note({ wrong: 0, seen: this.reached() });
    await this.opened();
  }

  async counted() {
    await this.shelf.change(["vault"], async (hand) => {
      const before = await hand.get("vault", "clear");
      await this.amend(hand, { wrong: before.wrong + 1 });
    });
    return this.clear.wrong;
  }

  /** Wipe what has expired; refuse to open while the clock stands before what was seen already. */
  async check() {
    const { expires_at, seen } = this.clear;
    if (expires_at && this.reached() >= expires_at) {
      await this.forget("expired");
      throw new VaultError("expired");
    }
    if (this.now().getTime() < seen - LATE_MS) throw new VaultError("clock");
  }

  /** Forget the keys in memory; the PIN opens again. */
  lock() {
    this.secret = null;
    this.keys = new Map();
    this.wrapping = null;
    this.kept = null;
  }

  /** Wipe the keys, the packet and all that can be read; `closed` says why. Sealed envelopes stay. */
  async forget(closed = "") {
    this.lock();
    await this.wipe();
    await this.note({ signed: false, expires_at: 0, packet_at: null, wrong: 0, closed });
    this.tell("forgotten");
  }

  wipe() {
    return this.shelf.change(READABLE, async (hand) => {
      await hand.remove("vault", "wrapped");
      await hand.remove("vault", "packet");
      await hand.clear("drafts");
      for (const record of await hand.all("outbox")) {
        if (record.about || record.message) await hand.put("outbox", { ...record, about: null, message: null });
      }
    });
  }

  /** One after the other: a packet encrypted by the last key must not be written after the next one's. */
  inTurn(work) {
    const turn = this.turn.then(work);
    this.turn = turn.catch(() => undefined);
    return turn;
  }

  tell(what) {
    this.dispatchEvent(new CustomEvent(what));
    if (this.channel) this.channel.postMessage(what);
  }

  /** Encrypt a value for reading on this phone; `name` says what it is and is bound in. */
  async conceal(name, value) {
    if (!this.secret) throw new VaultError("locked");
    const { at } = this.secret;
    return { at, ...(await encrypt(this.keys.get(at), name, utf8(JSON.stringify(value)))) };
  }

  /** Decrypt a value, or null where this phone may no longer read it. */
  async reveal(name, box) {
    const key = box && this.keys.get(box.at);
    if (!key) return null;
    try {
      return JSON.parse(text(await decrypt(key, name, box)));
    } catch (error) {
      return null;
    }
  }

  savePacket(packet) {
    return this.inTurn(() => this.keepPacket(packet));
  }

  async keepPacket(packet) {
    const box = await this.conceal("packet", packet);
    this.kept = packet;
    await this.shelf.change(["vault"], async (hand) => {
      await this.amend(hand, { packet_at: packet.made_at, seen: this.reached() });
      await hand.put("vault", { id: "packet", box });
    });
  }

  async packet() {
    if (this.kept || !this.secret) return this.kept;
    const record = await this.shelf.get("vault", "packet");
    this.kept = record ? await this.reveal("packet", record.box) : null;
    return this.kept;
  }

  /** Close when the time is up, also in a window that stays open; what another window did counts here too. */
  watch() {
    setInterval(() => this.tick(), TICK_MS);
    if (!("BroadcastChannel" in window)) return;
    this.channel = new BroadcastChannel("fieldmap-vault");
    this.channel.onmessage = async () => {
      if (this.clear.hold === "memory" || this.shelf.storage === "memory") return;
      this.clear = (await this.shelf.get("vault", "clear")) || this.clear;
      this.lock();
      window.dispatchEvent(new CustomEvent("phone:closed", { detail: { code: "", message: "" } }));
    };
  }

  async tick() {
    const { expires_at, seen } = this.clear;
    if (!this.secret) return;
    if (this.reached() >= expires_at) {
      await this.forget("expired");
      window.dispatchEvent(new CustomEvent("phone:closed", { detail: { code: "expired", message: "" } }));
    } else if (this.now().getTime() > seen + SEEN_MS) await this.note({ seen: this.reached() });
  }
}

/** Open the phone's vault; expired keys are wiped before anything else can be asked. */
export async function openVault() {
  const shelf = await openShelf();
  const vault = new Vault(shelf, { ...NOBODY, ...(await shelf.get("vault", "clear")) });
  vault.watch();
  await vault.check().catch(() => undefined);
  return vault;
}
