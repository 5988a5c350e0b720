/* The grid manager's page: report a door that nobody covers, with a pin or without. */

import { clearMarks, markFields } from "./fields.js";
import { pinSketch } from "./map.js";
import { Outbox, element, fill, island, showWaiting, uuid } from "./outbox.js";

const packet = island("packet");
const texts = island("texts");
const form = document.getElementById("flag");
const said = document.getElementById("pin-said");
const plain = said.textContent;
const box = document.getElementById("map");
const outbox = new Outbox("/flags");
let position = null;
let sketch = null;

function tell(text) {
  const line = document.getElementById("flag-said");
  line.textContent = text;
  line.hidden = !text;
}

/* Without an outline and without a door there is nothing to draw: no button, no sketch. */
const mapButton = document.getElementById("pin-map");

async function openSketch() {
  if (!mapButton) return null;
  box.hidden = false;
  mapButton.setAttribute("aria-expanded", "true");
  sketch ??= pinSketch(box, packet, (point) => {
    position = { lon: point.lng, lat: point.lat };
    said.textContent = texts.pinned;
  });
  try {
    return await sketch;
  } catch {
    sketch = null;
    box.hidden = true;
    said.textContent = texts.map_failed;
    return null;
  }
}

mapButton?.addEventListener("click", openSketch);

document.getElementById("pin-here").addEventListener("click", () => {
  if (!navigator.geolocation) {
    said.textContent = texts.no_position;
    return;
  }
  said.textContent = texts.locating;
  navigator.geolocation.getCurrentPosition(
    async ({ coords }) => {
      const here = { lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy };
      (await openSketch())?.place([here.lat, here.lon], true);
      position = here;
      said.textContent = fill(texts.located, { metres: Math.round(here.accuracy_m) });
    },
    () => (said.textContent = texts.no_position),
    { enableHighAccuracy: true, timeout: 20_000, maximumAge: 0 },
  );
});

async function reset() {
  form.elements.note.value = "";
  position = null;
  said.textContent = plain;
  box.hidden = true;
  mapButton?.setAttribute("aria-expanded", "false");
  (await sketch)?.clear();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const note = form.elements.note.value.trim();
  if (note.length < 2) return tell(texts.no_note);
  tell("");
  clearMarks(form);
  outbox.add({ id: uuid(), grid_code: form.elements.grid_code.value, note, position }, note);
  reset();
  return undefined;
});

outbox.addEventListener("held", ({ detail: { entry, receipt } }) => {
  const line = document.getElementById("held");
  line.hidden = false;
  line.classList.add("whole");
  line.textContent = fill(texts.held_at, { time: receipt.at });
  line.scrollIntoView({ block: "nearest" });
  const list = document.getElementById("flags");
  list.querySelector("li.quiet")?.remove();
  const item = element("li");
  item.dataset.flag = receipt.id;
  const text = element("p");
  text.append(element("span", "chip accent", texts.reported), ` ${entry.record.note}`);
  item.append(text);
  list.prepend(item);
  document.getElementById("flags-count").textContent = list.children.length;
});

showWaiting(document.getElementById("outbox"), outbox, texts, (entry) => {
  outbox.drop(entry.record.id);
  form.elements.note.value = entry.record.note;
  position = entry.record.position;
  tell(markFields(form, entry.fields).join("\n"));
  form.elements.note.focus();
});
