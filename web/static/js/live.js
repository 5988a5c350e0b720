// Tells a page that something was written at the station, so that it asks for its figures anew.
// Nothing is told but a mark that differs: what was written, the page learns by asking, within its rights.
const GATHER_MS = 300; // several changes one after the other are one
const AGAIN_MS = [3000, 10000, 30000, 60000];

const root = document.documentElement;
const callbacks = [];
let known = document.body.dataset.mark || ""; // of the record as this page was made from it
let source = null;
let failures = 0;
let timer = 0;
let gathering = false;
let busy = false;

async function tell() {
  gathering = false;
  if (busy) { // the answer to the change before is still on its way
    gather();
    return;
  }
  busy = true;
  try {
    await Promise.allSettled(callbacks.map(async (callback) => callback()));
  } finally {
    busy = false;
  }
}

function gather() {
  if (gathering) return;
  gathering = true;
  setTimeout(tell, GATHER_MS);
}

function say(state) {
  root.dataset.live = state;
  const word = document.getElementById("live-off");
  if (word) word.hidden = state === "on";
}

function heard(event) {
  failures = 0;
  say("on");
  if (known && known !== event.data) gather();
  known = event.data;
}

function lost() {
  say("off");
  if (!source || source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
  close();
  const wait = AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)];
  failures += 1;
  timer = setTimeout(open, wait);
}

function open() {
  clearTimeout(timer);
  if (source || document.hidden) return;
  source = new EventSource("/events");
  source.addEventListener("change", heard);
  source.addEventListener("error", lost);
}

function close() {
  clearTimeout(timer);
  if (source) source.close();
  source = null;
}

// A browser opens few connections to one station: a page that nobody sees keeps none.
function shown() {
  if (document.hidden) close();
  else open();
}

// Call `callback` soon after something was written; it may return a promise and is not called again before that.
// The attribute data-live of the page says "on", or "off" where nothing is heard; then a line says so too.
export function onChange(callback) {
  callbacks.push(callback);
  if (callbacks.length > 1) return;
  document.addEventListener("visibilitychange", shown);
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  if (document.readyState === "complete") open();
}
