/* Is the app itself on the phone? The service worker is asked, file by file. */

const SCRIPT = "/phone/sw.js";
const SCOPE = "/phone";
const PATIENCE_MS = 60000;

const later = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));

/** Wait until a worker of ours is active; false where its files could not be stored. */
function activated(registration) {
  if (registration.active) return Promise.resolve(true);
  const worker = registration.installing || registration.waiting;
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve(true);
      if (worker.state === "redundant") resolve(false);
    });
  });
}

function ask(worker, question) {
  const channel = new MessageChannel();
  return new Promise((resolve) => {
    channel.port1.onmessage = (event) => resolve(event.data);
    worker.postMessage(question, [channel.port2]);
  });
}

/**
 * Store the app on the phone and check what is stored.
 * Resolves to {ready: true} or {ready: false, reason, count}; a reason is a key of app.toml.
 */
export async function keepShell() {
  if (!("serviceWorker" in navigator)) return { ready: false, reason: "reason_no_worker" };
  try {
    const registration = await navigator.serviceWorker.register(SCRIPT, { scope: SCOPE });
    if (!(await Promise.race([activated(registration), later(PATIENCE_MS, false)]))) {
      return { ready: false, reason: "reason_worker_failed" };
    }
    const told = await Promise.race([ask(registration.active, "check"), later(PATIENCE_MS, null)]);
    if (!told) return { ready: false, reason: "reason_worker_failed" };
    const count = told.missing.length;
    return count ? { ready: false, reason: "reason_files", count } : { ready: true };
  } catch (error) {
    return keptBefore();
  }
}

/** Without a signal a worker cannot be asked for anew; the one that is there still answers. */
async function keptBefore() {
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  if (!registration || !registration.active) return { ready: false, reason: "reason_worker_failed" };
  const told = await Promise.race([ask(registration.active, "check"), later(PATIENCE_MS, null)]);
  return told && !told.missing.length ? { ready: true } : { ready: false, reason: "reason_worker_failed" };
}
