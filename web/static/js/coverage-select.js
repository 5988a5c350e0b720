// What is selected: grids in table, strip and map alike, doors of the list of gaps, or a drawn area; and the way from there to a plan.

const OUTSIDE = "outside";

const cellsNow = () => JSON.parse(document.getElementById("coverage-strip").dataset.cells);

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name]);

const toView = (code) => {
  const row = document.querySelector(`tr[data-pick="${CSS.escape(code)}"]`);
  if (row) row.scrollIntoView({ block: "nearest" });
};

// Rows, boxes and strip say what is selected; called again after the parts were replaced.
const mark = (codes, doors) => {
  for (const box of document.querySelectorAll("input[name=household]")) box.checked = doors.has(box.value);
  for (const row of document.querySelectorAll("tr[data-pick]")) {
    row.classList.toggle("chosen", codes.has(row.dataset.pick));
    const box = row.querySelector("input[type=checkbox]");
    if (box) box.checked = codes.has(row.dataset.pick);
  }
  for (const chip of document.querySelectorAll("button[data-pick]")) {
    chip.setAttribute("aria-pressed", String(codes.has(chip.dataset.pick)));
  }
};

const said = (form, codes, doors, area) => {
  const words = JSON.parse(form.dataset.words);
  const cells = cellsNow();
  const open = [...codes].reduce((sum, code) => sum + (cells[code] ? cells[code].open : 0), 0);
  const parts = [];
  if (codes.size) parts.push(fill(words.chosen, { grids: codes.size, n: open }));
  if (doors.size) parts.push(fill(words.doors, { n: doors.size }));
  if (area.length) parts.push(words.area);
  return parts.join(" · ") || words.nothing;
};

export const selection = (map) => {
  const form = document.getElementById("plan-form");
  const codes = new Set();
  const doors = new Set();
  let area = [];

  const show = () => {
    for (const code of codes) if (!(code in cellsNow())) codes.delete(code);
    mark(codes, doors);
    map.select([...codes].map((code) => (code === OUTSIDE ? "" : code)));
    if (!form) return;
    form.querySelector(".coverage-count").textContent = said(form, codes, doors, area);
    const some = codes.size > 0 || doors.size > 0 || area.length > 0;
    form.classList.toggle("some", some);
    form.querySelector("[data-do=clear]").hidden = !some;
  };
  const pick = (code, wanted) => {
    if (wanted ?? !codes.has(code)) codes.add(code);
    else codes.delete(code);
    show();
  };

  document.addEventListener("change", ({ target }) => {
    if (target.type !== "checkbox") return;
    if (target.name === "grid") pick(target.value, target.checked);
    if (target.name === "household") {
      if (target.checked) doors.add(target.value);
      else doors.delete(target.value);
      show();
    }
  });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("button[data-pick]");
    const row = event.target.closest("tr[data-pick]");
    if (chip) pick(chip.dataset.pick);
    else if (row && !event.target.closest("a, label, input")) pick(row.dataset.pick);
  });
  map.onPick((code) => {
    pick(code || OUTSIDE);
    toView(code || OUTSIDE);
  });
  if (form) {
    // boxes left ticked by the browser's own memory of the form
    for (const box of document.querySelectorAll("input[name=grid]:checked")) codes.add(box.value);
    for (const box of document.querySelectorAll("input[name=household]:checked")) doors.add(box.value);
    planning(form, map, { codes, doors }, {
      get: () => area,
      set: (points) => {
        area = points;
        show();
      },
    });
  }
  show();
  return { show };
};

const planning = (form, map, { codes, doors }, area) => {
  const draw = form.querySelector("[data-do=draw]");
  map.canDraw().then((can) => (draw.hidden = !can));
  draw.addEventListener("click", () => map.draw());
  map.onDraw((points) => area.set(points));
  form.querySelector("[data-do=clear]").addEventListener("click", () => {
    codes.clear();
    doors.clear();
    map.stop();
    area.set([]);
  });
  form.addEventListener("submit", (event) => {
    if (codes.size || doors.size || area.get().length) return;
    event.preventDefault();
    form.querySelector(".coverage-count").textContent = JSON.parse(form.dataset.words).full;
  });
  form.addEventListener("formdata", (event) => {
    event.formData.delete("grid");
    event.formData.delete("household");
    for (const code of codes) event.formData.append("grid", code);
    for (const key of doors) event.formData.append("household", key);
    const points = area.get().map(([lon, lat]) => `${lon.toFixed(6)},${lat.toFixed(6)}`);
    if (points.length) event.formData.set("area", points.join(";"));
  });
};
