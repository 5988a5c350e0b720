// The ticked sheet by keyboard: digits choose the outcome, Enter goes on, a scanned code jumps to its row.
const form = document.getElementById("paper");
const said = document.getElementById("scanned");
const CODE = /fieldmap:stop:([\w-]+)/;
const PAUSE_MS = 300; // a scanner types faster than anybody
let scanned = "";
let last = 0;

const rows = () => [...form.querySelectorAll("tr[data-codes]")];
const rowOf = (place) => place.closest("tr[data-codes]");
const isText = (place) => place.tagName === "INPUT" && place.type === "text";
const waits = (row) => !("done" in row.dataset) || row.classList.contains("as-well");

function enter(row) {
  const place = row.querySelector("[type=radio]:checked") || row.querySelector(".typed [type=radio]");
  const shown = waits(row) ? place : row.querySelector("[name^='also.']");
  if (shown) shown.focus();
  row.scrollIntoView({ block: "center" });
}

/** Go to the next row that waits for something, after the last to the button. */
function step(row, by) {
  const all = rows();
  let at = all.indexOf(row) + by;
  while (all[at] && !waits(all[at])) at += by;
  if (all[at]) enter(all[at]);
  else if (by > 0) document.getElementById("keep").focus();
}

function jump(code) {
  const row = rows().find((one) => one.dataset.codes.split(" ").includes(code));
  said.textContent = row ? "" : form.dataset.unknown;
  said.classList.toggle("sr-only", Boolean(row));
  if (row) enter(row);
}

function choose(row, digit) {
  const boxes = row.querySelectorAll("[type=radio]");
  boxes.forEach((box) => (box.checked = box.dataset.key === digit));
  const chosen = row.querySelector("[type=radio]:checked");
  if (chosen) chosen.focus();
}

/** Collect what a scanner types outside of a text; returns whether the key was the scanner's. */
function scan(event) {
  const now = event.timeStamp;
  if (now - last > PAUSE_MS) scanned = "";
  last = now;
  if (event.key === "Enter" || event.key === "Tab") {
    const found = CODE.exec(scanned);
    scanned = "";
    if (found) jump(found[1]);
    return Boolean(found);
  }
  if (event.key.length !== 1 || (!scanned && event.key !== "f")) return false;
  scanned += event.key;
  return true;
}

/** Take a code out of a text that a scanner typed it into. */
function scannedInto(text) {
  const found = CODE.exec(text.value);
  if (!found) return false;
  text.value = text.value.replace(CODE, "").trim();
  jump(found[1]);
  return true;
}

function typed(event) {
  const place = event.target;
  const row = rowOf(place);
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (isText(place) ? event.key === "Enter" && scannedInto(place) : scan(event)) event.preventDefault();
  else if (!row) return;
  else if (event.key === "Enter" || event.key === "ArrowDown" || event.key === "ArrowUp") {
    step(row, event.key === "ArrowUp" ? -1 : 1);
    event.preventDefault();
  } else if (!isText(place) && /^\d$/.test(event.key)) {
    choose(row, event.key);
    event.preventDefault();
  }
}

function asWell(event) {
  if (!event.target.name.startsWith("also.")) return;
  const row = rowOf(event.target);
  row.classList.toggle("as-well", event.target.checked);
  if (event.target.checked) enter(row);
}

function begin() {
  document.addEventListener("keydown", typed);
  form.addEventListener("change", asWell);
  document.body.classList.add("by-keyboard");
  for (const box of form.querySelectorAll("[name^='also.']:checked")) rowOf(box).classList.add("as-well");
  const wrong = form.querySelector("tr.is-wrong");
  if (form.dataset.first) jump(form.dataset.first);
  else if (wrong) enter(wrong);
  else {
    const row = rows().find(waits);
    if (row) enter(row);
  }
}
if (form) begin();
