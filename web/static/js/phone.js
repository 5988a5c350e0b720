/* Today's stops: open one, see it on the sketch, record it, watch it reach the station. */

import { drawRoute } from "./map.js";
import { Outbox, element, fill, island, showWaiting } from "./outbox.js";
import { RecordSheet } from "./visit.js";

const packet = island("packet");
const texts = island("texts");
const byId = new Map(packet.stops.map((stop) => [stop.id, stop]));
const list = document.getElementById("stops");
const items = [...list.querySelectorAll(".stop")];
const outbox = new Outbox("/visits");
const sheet = new RecordSheet(packet, texts, (record, stop) => outbox.add(record, `${stop.number} · ${stop.title}`));

const stopOf = (item) => byId.get(item.dataset.stop);
const itemOf = (stop) => items.find((item) => item.dataset.stop === stop.id);

function open(item, wanted = !item.classList.contains("open")) {
  for (const other of items) {
    const shown = other === item && wanted;
    other.classList.toggle("open", shown);
    other.querySelector(".stop-head").setAttribute("aria-expanded", String(shown || other.classList.contains("next")));
  }
}

/** The first stop without a record is the big card. */
function markNext() {
  const next = items.find((item) => !stopOf(item).done);
  for (const item of items) {
    item.classList.toggle("next", item === next);
    item.querySelector(".next-mark").hidden = item !== next;
    item.querySelector(".stop-head").setAttribute("aria-expanded", String(item === next || item.classList.contains("open")));
  }
}

function showDone(stop, text, mark) {
  stop.done = true;
  const item = itemOf(stop);
  const chip = item.querySelector("[data-done]");
  item.classList.add("done");
  chip.hidden = false;
  chip.textContent = `${mark} ${text}`;
}

let held = packet.stops.filter((stop) => stop.done).length;
let lastAt = "";

function showHeld() {
  const line = document.getElementById("held");
  const all = held + outbox.entries.length;
  line.hidden = !all;
  line.classList.toggle("whole", held === all);
  const said = fill(texts.held, { all, held });
  line.textContent = lastAt ? `${said} · ${fill(texts.last, { time: lastAt })}` : said;
}

outbox.addEventListener("change", () => {
  for (const { record, state } of outbox.entries) {
    const stop = packet.stops.find((s) => s.household_id === record.household_id);
    if (state === "waiting") showDone(stop, texts.waiting, "…");
    if (state === "offline" || state === "sign-in") showDone(stop, texts.retry, "…");
    if (state === "refused") showDone(stop, texts.edit, "✕");
  }
  showHeld();
  markNext();
});
outbox.addEventListener("held", ({ detail: { entry, receipt } }) => {
  held += 1;
  lastAt = receipt.at;
  const stop = packet.stops.find((s) => s.household_id === entry.record.household_id);
  showDone(stop, `${receipt.outcome} · ${fill(texts.held_at, { time: receipt.at })}`, "✓");
  open(itemOf(stop), false);
});

const inbox = document.getElementById("outbox");
showWaiting(inbox, outbox, texts, (entry) => {
  const stop = packet.stops.find((s) => s.household_id === entry.record.household_id);
  outbox.drop(entry.record.id);
  sheet.open(stop, entry.record, entry.fields);
});

for (const item of items) {
  item.querySelector(".stop-head").addEventListener("click", () => open(item));
  item.querySelector(".record").addEventListener("click", () => sheet.open(stopOf(item)));
}

const box = document.getElementById("map");
let drawn = null;

async function show(view) {
  for (const button of document.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
  list.hidden = view !== "list";
  box.hidden = view !== "map";
  if (view !== "map") return;
  try {
    // drawn anew each time: what is done has changed
    (await drawn)?.remove();
    drawn = drawRoute(box, packet, async (stop) => {
      await show("list");
      open(itemOf(stop), true);
      itemOf(stop).scrollIntoView({ block: "center" });
    });
    await drawn;
  } catch {
    drawn = null;
    box.replaceChildren(element("p", "empty", texts.map_failed));
  }
}

for (const button of document.querySelectorAll("[data-view]")) {
  button.addEventListener("click", () => show(button.dataset.view));
}

showHeld();
markNext();
