/* Keeps the shell of the app on the phone: SHELL = {version, files: [[address, sha256]]}
   is written in front of this. Nothing with anybody's data passes through here. */

const NAME = `shell-${SHELL.version}`;
const PARALLEL = 4;

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Fetch one file past every other cache and keep it only if it is the one that was promised. */
async function keep(cache, [address, sum]) {
  const answer = await fetch(address, { cache: "reload", credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const body = await answer.clone().arrayBuffer();
  if (hex(await crypto.subtle.digest("SHA-256", body)) !== sum) throw new Error(`${address}: changed meanwhile`);
  await cache.put(address, answer);
}

async function keepAll() {
  const cache = await caches.open(NAME);
  const waiting = SHELL.files.slice();
  const work = async () => {
    while (waiting.length) await keep(cache, waiting.shift());
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("shell-") && name !== NAME).map((name) => caches.delete(name)));
}

/** Return the addresses that are missing or are not what was promised. */
async function missing() {
  const cache = await caches.open(NAME);
  const bad = [];
  for (const [address, sum] of SHELL.files) {
    const kept = await cache.match(address);
    if (!kept || hex(await crypto.subtle.digest("SHA-256", await kept.arrayBuffer())) !== sum) bad.push([address, sum]);
  }
  return bad;
}

/** Check the shell, mend it where there is a signal, and say what is still missing. */
async function check() {
  const cache = await caches.open(NAME);
  for (const file of await missing()) {
    try {
      await keep(cache, file);
    } catch (error) {
      // told below, by name
    }
  }
  return { version: SHELL.version, missing: (await missing()).map(([address]) => address) };
}

// a page that is open has all its modules: the new version is for the next opening
self.addEventListener("install", (event) => event.waitUntil(keepAll().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers().then(() => self.clients.claim())));

self.addEventListener("message", (event) => {
  if (event.data === "check") event.waitUntil(check().then((told) => event.ports[0].postMessage(told)));
});

const known = new Set(SHELL.files.map(([address]) => address));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || !known.has(url.pathname)) return;
  const kept = caches.open(NAME).then((cache) => cache.match(url.pathname));
  event.respondWith(kept.then((found) => found || fetch(event.request)));
});
