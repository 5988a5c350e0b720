/* Asks the station. A refusal comes as an error with the station's own words. */

const PATIENCE_MS = 60 * 1000;
const RENEW_BELOW = 0.9;
const CLOSED = ["access.revoked", "access.sign-in"];

/** `code` is the station's, or "offline" where no answer came; `wait` the seconds it asked to wait. */
export class AskError extends Error {
  constructor(code, message, status, details) {
    super(message);
    this.code = code;
    this.status = status || 0;
    this.details = details || {};
    this.wait = 0;
  }
}

const headersOf = (vault, options) => ({
  accept: "application/json",
  ...(vault && vault.token() ? { authorization: `Bearer ${vault.token()}` } : {}),
  ...(options.json === undefined ? {} : { "content-type": "application/json" }),
});

async function sent(path, options, headers) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), options.patience || PATIENCE_MS);
  try {
    const body = options.json === undefined ? options.body : JSON.stringify(options.json);
    const answer = await fetch(path, { method: options.method || "GET", headers, body, signal: patience.signal, cache: "no-store" });
    return { answer, told: answer.status === 204 ? null : await answer.json() };
  } catch (error) {
    throw new AskError("offline", error.message);
  } finally {
    clearTimeout(timer);
  }
}

function refusal(answer, told) {
  const error = new AskError(told.code || "web.request", told.message || String(answer.status), answer.status, told.details);
  error.wait = Number(answer.headers.get("retry-after")) || 0;
  return error;
}

/** What the station refuses for good closes the app: keys and packet go, what is sealed stays. */
async function closed(vault, error) {
  await vault.forget(error.code === "access.revoked" ? "revoked" : "expired");
  window.dispatchEvent(new CustomEvent("phone:closed", { detail: { code: error.code, message: error.message } }));
}

/**
 * Ask the station as the one who is signed in; `options`: method, json or body, patience (ms).
 * Throws an AskError.
 */
export async function ask(vault, path, options = {}) {
  const token = vault ? vault.token() : "";
  const { answer, told } = await sent(path, options, headersOf(vault, options));
  if (answer.ok) return told;
  const error = refusal(answer, told || {});
  if (token && token === vault.token() && answer.status === 401 && CLOSED.includes(error.code)) await closed(vault, error);
  throw error;
}

/** Ask without saying who: sign-in, and envelopes that prove themselves. */
export const askOpenly = (path, options) => ask(null, path, options);

/** Learn the station's time without a sign-in. */
export async function askTime(vault) {
  const told = await askOpenly("/phone/outbox", { method: "POST", json: { app: "", waiting: 0, failures: 0, envelopes: [], held: [] } });
  await vault.hear(told.now);
}

/** Take the keys of the next hours where a tenth of the time is over; quietly, as there may be no signal. */
export async function renew(vault) {
  const { expires_at, lasts } = vault.state();
  if (Date.parse(expires_at) - vault.now().getTime() > lasts * RENEW_BELOW) return false;
  await vault.renewed(await ask(vault, "/phone/renew", { method: "POST" }));
  return true;
}
