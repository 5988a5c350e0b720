/* Bytes and the texts they are written as. */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const utf8 = (text) => encoder.encode(text);
export const text = (bytes) => decoder.decode(bytes);
export const random = (length) => crypto.getRandomValues(new Uint8Array(length));
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function concat(...parts) {
  const made = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}

/** Write bytes as base64url without padding, as fieldmap/sealing.py does. */
export function toBase64url(bytes) {
  let raw = "";
  for (let at = 0; at < bytes.length; at += 8192) raw += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export const fromBase64url = (written) =>
  Uint8Array.from(atob(written.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

/** Return the SHA-256 of a text in hexadecimal digits. */
export async function sha256(written) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(written))));
}
