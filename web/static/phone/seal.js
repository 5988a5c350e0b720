/* Seals an envelope to the station: HPKE (RFC 9180), base mode, one message, with the browser's own WebCrypto.
   Suite: DHKEM(P-256, HKDF-SHA256) 0x0010, HKDF-SHA256 0x0001, AES-256-GCM 0x0002. Opened by fieldmap/sealing.py. */

import { concat, utf8 } from "./bytes.js";

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const EMPTY = new Uint8Array(0);
const KEM = concat(utf8("KEM"), Uint8Array.of(0, 0x10));
const SUITE = concat(utf8("HPKE"), Uint8Array.of(0, 0x10, 0, 1, 0, 2));
const VERSION = utf8("HPKE-v1");
const HASH_BYTES = 32;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;

async function hmac(secret, message) {
  // an empty key and one of zeros are the same to HMAC; WebCrypto takes only the second
  const raw = secret.length ? secret : new Uint8Array(HASH_BYTES);
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
}

const extract = (suite, salt, label, secret) => hmac(salt, concat(VERSION, suite, utf8(label), secret));

/** Labelled expansion to at most 32 bytes: one block of HKDF. */
async function expand(suite, prk, label, info, length) {
  const message = concat(Uint8Array.of(0, length), VERSION, suite, utf8(label), info, Uint8Array.of(1));
  return (await hmac(prk, message)).subarray(0, length);
}

/** RFC 9180 §4.1: the secret that only the station can work out again from `enc`. */
async function encapsulate(publicKey, own) {
  const theirs = await crypto.subtle.importKey("raw", publicKey, CURVE, false, []);
  const enc = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256);
  const prk = await extract(KEM, EMPTY, "eae_prk", new Uint8Array(shared));
  return { enc, secret: await expand(KEM, prk, "shared_secret", concat(enc, publicKey), HASH_BYTES) };
}

/** RFC 9180 §5.1, base mode: no key known to both beforehand. */
async function schedule(shared, info) {
  const of = (label, value) => extract(SUITE, EMPTY, label, value);
  const context = concat(Uint8Array.of(0), await of("psk_id_hash", EMPTY), await of("info_hash", info));
  const secret = await extract(SUITE, shared, "secret", EMPTY);
  return {
    key: await expand(SUITE, secret, "key", context, KEY_BYTES),
    nonce: await expand(SUITE, secret, "base_nonce", context, NONCE_BYTES),
  };
}

/**
 * Seal bytes so that only the station opens them, and only under this id.
 * `publicKey`: the station's uncompressed point, 65 bytes. Resolves to the
 * sender's point (65 bytes) and the ciphertext, 81 bytes more than went in.
 */
export async function seal(publicKey, id, bytes) {
  const own = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const { enc, secret } = await encapsulate(publicKey, own);
  const { key, nonce } = await schedule(secret, concat(utf8("fieldmap/1 "), utf8(id)));
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, aes, bytes);
  return concat(enc, new Uint8Array(sealed));
}
