// Rings on every open page of the head and the deputy until somebody has called: see routes/alarms.py.
const box = document.getElementById("alarms");
const EVERY_MS = 15_000;
const RING_MS = 4_000;
const MUTE_MS = 120_000;
const title = document.title;
const csrf = document.querySelector("meta[name=csrf]").content;
let sound = null;
let mutedUntil = 0;
let ringing = false;

const headers = { accept: "application/json" };
const copy = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/** Browsers let a page sound only after somebody has touched it. */
function wake() {
  sound = sound || new AudioContext();
  sound.resume().then(say);
}

function tone(at, hertz) {
  const source = sound.createOscillator();
  const volume = sound.createGain();
  source.frequency.value = hertz;
  volume.gain.value = 0.25;
  source.connect(volume).connect(sound.destination);
  source.start(at);
  source.stop(at + 0.25);
}

function ring() {
  if (!ringing || Date.now() < mutedUntil) return;
  document.title = document.title === title ? `⚠ ${title}` : title;
  if (!sound || sound.state !== "running") return;
  tone(sound.currentTime, 880);
  tone(sound.currentTime + 0.3, 660);
}

function say() {
  const silent = !sound || sound.state !== "running";
  box.querySelector(".alarm-mute-said").hidden = !silent;
  box.querySelector(".alarm-mute").hidden = silent;
}

function lateLine(late) {
  const line = copy("alarm-late");
  line.dataset.id = late.id;
  line.querySelector(".alarm-words").textContent = `⚠ ${late.words}`;
  const call = line.querySelector(".alarm-call");
  call.hidden = !late.phone;
  call.textContent = late.phone;
  call.href = `tel:${late.phone}`;
  line.querySelector("form").addEventListener("submit", (event) => answer(event, late.id));
  return line;
}

function reportLine(words) {
  const line = copy("alarm-report");
  line.dataset.id = "reports";
  line.querySelector(".alarm-words").textContent = `⚠ ${words}`;
  return line;
}

/** Show beside the menu's entry how much waits there. */
function count(number) {
  const entry = document.querySelector(".menu a[href='/inbox']");
  if (!entry) return;
  const badge = entry.querySelector(".badge") || entry.appendChild(document.createElement("span"));
  badge.className = "badge";
  badge.hidden = !number;
  badge.textContent = number;
}

/** Show the lines; one in which somebody writes stays as it is. */
function show(alarms) {
  const list = box.querySelector("ul");
  const lines = alarms.overdue.map(lateLine);
  if (alarms.reports) lines.push(reportLine(alarms.words));
  count(alarms.waiting);
  const held = list.contains(document.activeElement) ? document.activeElement.closest("li") : null;
  list.replaceChildren(...lines.map((line) => (held && held.dataset.id === line.dataset.id ? held : line)));
  const began = !ringing && lines.length > 0;
  ringing = lines.length > 0;
  box.hidden = !ringing;
  box.querySelector(".alarm-down").hidden = true;
  if (!ringing) document.title = title;
  say();
  if (began) ring();
}

async function answer(event, id) {
  event.preventDefault();
  const form = new FormData(event.target);
  form.set("what", event.submitter.value);
  document.activeElement.blur();
  const body = new URLSearchParams(form);
  await ask(`/alarms/${id}`, { method: "POST", headers: { ...headers, "x-csrf": csrf }, body });
}

/** Say that nothing is known: a quiet page must not pass for a quiet morning. */
function lost() {
  box.querySelector(".alarm-down").hidden = false;
  box.hidden = false;
}

async function ask(address, options) {
  try {
    const answered = await fetch(address, options);
    if (answered.ok) show(await answered.json());
    else if (options.method === "POST") await ask("/alarms", { headers });
    else lost();
  } catch {
    window.setTimeout(lost, 1000); // a page that is being left asks nothing any more
  }
}

box.querySelector(".alarm-mute").addEventListener("click", () => (mutedUntil = Date.now() + MUTE_MS));
for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, wake, { once: true });
window.setInterval(ring, RING_MS);
window.setInterval(() => ask("/alarms", { headers }), EVERY_MS);
document.addEventListener("visibilitychange", () => document.hidden || ask("/alarms", { headers }));
ask("/alarms", { headers });
