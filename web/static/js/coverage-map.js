// The coverage map inside its Folium page: grids, labels, legend, and what the page around it may ask.
// It paints itself from the figures of the server, at first and again after every change.
// Text goes in as text, never as HTML: a grid may be called anything.
"use strict";

window.fieldmapParts = {
  make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  },

  swatch(fill) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const give = (element, values) => Object.entries(values).forEach(([k, v]) => element.setAttribute(k, v));
    give(svg, { width: 18, height: 13, "aria-hidden": "true" });
    give(rect, { x: 0.5, y: 0.5, width: 17, height: 12, fill, stroke: "#3c4a47" });
    svg.append(rect);
    return svg;
  },
};

window.fieldmapMap = (() => {
  const NUMBERS_FROM_ZOOM = 15.5;
  const DOTS_FROM_ZOOM = 13;
  const { make, swatch } = window.fieldmapParts;
  const shapes = new Map(); // code -> { layer, label, cell, room, sizes }
  const picked = new Set();
  const listeners = { pick: [], draw: [] };
  let map = null;
  let shown = null; // the figures painted last
  let asked = null; // the grid whose figures were opened last, and their box

  const tell = (kind, value) => listeners[kind].forEach((callback) => callback(value));

  const figures = (cell, whole) => {
    const box = make("div", "fm-box");
    box.append(make("strong", "", cell.label), make("div", "fm-figure", cell.text));
    if (cell.words !== cell.text) box.append(make("div", "fm-words", cell.words));
    if (cell.beside) box.append(make("div", "fm-beside", cell.beside));
    if (whole) {
      const list = make("dl", "fm-lines");
      for (const [name, value] of cell.lines) list.append(make("dt", "", name), make("dd", "", value));
      box.append(list);
    }
    return box;
  };

  // Grids

  const openFigures = (shape, latlng) => {
    const box = figures(shape.cell, true);
    shape.layer.closeTooltip();
    asked = { shape, box };
    L.popup({ maxWidth: 320, minWidth: 220 }).setLatLng(latlng).setContent(box).openOn(map);
  };

  const chosen = (shape, latlng) => {
    openFigures(shape, latlng);
    tell("pick", shape.cell.code);
  };

  const nextTo = (shape, step) => {
    const all = [...shapes.values()];
    return all[(all.indexOf(shape) + step + all.length) % all.length];
  };

  // One grid at a time can be reached with the tabulator; the arrows lead to the others.
  const byKey = (shape, event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) {
      const next = nextTo(shape, step);
      shape.layer.getElement().setAttribute("tabindex", "-1");
      next.layer.getElement().setAttribute("tabindex", "0");
      next.layer.getElement().focus();
    } else if (event.key === "Enter" || event.key === " ") {
      chosen(shape, shape.layer.getBounds().getCenter());
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const reachable = (shape, first) => {
    const path = shape.layer.getElement();
    path.setAttribute("role", "button");
    path.setAttribute("tabindex", first ? "0" : "-1");
    path.dataset.code = shape.code;
    path.addEventListener("keydown", (event) => byKey(shape, event));
  };

  const labelOf = (shape, at) => {
    const box = make("div", "fm-label-box");
    box.append(make("b"), make("span", "fm-name"), make("span", "fm-short"));
    const icon = L.divIcon({ className: "fm-label", html: box, iconSize: null });
    const options = { icon, interactive: false, keyboard: false, pane: "fm-labels" };
    return L.marker([at[1], at[0]], options).addTo(map);
  };

  const addShape = (layer) => {
    const { at, box } = layer.feature.properties;
    const shape = { code: layer.feature.id, layer, room: box, cell: null, sizes: null };
    shape.label = labelOf(shape, at);
    layer.bindTooltip(() => figures(shape.cell, false), { sticky: true, className: "fm-tip" });
    layer.on("click", (event) => {
      // a dot on the grid comes first
      if (!window.fieldmapParts.marks.hit(event)) chosen(shape, event.latlng);
    });
    reachable(shape, shapes.size === 0);
    shapes.set(shape.code, shape);
  };

  const paintShape = (shape, cell) => {
    const path = shape.layer.getElement();
    shape.cell = cell;
    shape.layer.setStyle({ fillColor: cell.fill });
    path.setAttribute("aria-label", [cell.label, cell.text, cell.beside].filter(Boolean).join(", "));
    path.classList.toggle("fm-picked", picked.has(cell.code));
    path.setAttribute("aria-pressed", String(picked.has(cell.code)));
    const [digits, name, short] = shape.label.getElement().firstChild.children;
    digits.textContent = cell.digits;
    name.textContent = cell.name;
    short.textContent = cell.short;
  };

  // Labels: in full where they fit into the grid's box on the screen, else without the name, else not
  // at all. Sizes are read once for all of them, since every reading lays the page out anew.

  const measured = () => {
    const container = map.getContainer();
    const texts = [...shapes.values()].map((shape) => [shape, shape.label.getElement()]);
    const size = ([, icon]) => [icon.firstChild.offsetWidth, icon.firstChild.offsetHeight];
    texts.forEach(([, icon]) => icon.classList.remove("fm-narrow", "fm-tiny"));
    const whole = texts.map(size);
    container.classList.add("fm-all-narrow");
    const narrow = texts.map(size);
    container.classList.remove("fm-all-narrow");
    texts.forEach(([shape], n) => { shape.sizes = { whole: whole[n], narrow: narrow[n] }; });
  };

  const fit = () => {
    for (const shape of shapes.values()) {
      if (!shape.sizes) return;
      const [west, south, east, north] = shape.room;
      const a = map.latLngToLayerPoint([north, west]);
      const b = map.latLngToLayerPoint([south, east]);
      const room = [b.x - a.x, b.y - a.y];
      const over = (size, more) => size[0] > room[0] + more || size[1] > room[1] + more;
      const icon = shape.label.getElement();
      icon.classList.toggle("fm-narrow", over(shape.sizes.whole, 0));
      icon.classList.toggle("fm-tiny", over(shape.sizes.narrow, 6));
    }
  };

  // Legend, strip and notes under the map

  const paintLegend = (list, payload) => {
    list.setAttribute("aria-label", payload.words.legend);
    list.replaceChildren(...payload.legend.map((shade) => {
      const item = make("li");
      item.append(swatch(shade.fill), shade.words, make("span", "fm-tally", `×${shade.n}`));
      return item;
    }));
  };

  const chip = (cell) => {
    const item = make("li", "fm-chip");
    const button = make("button", picked.has(cell.code) ? "fm-picked" : "");
    button.type = "button";
    button.dataset.code = cell.code;
    button.setAttribute("aria-pressed", String(picked.has(cell.code)));
    button.append(swatch(cell.fill), `${cell.label}: ${cell.text}`);
    button.addEventListener("click", () => tell("pick", cell.code));
    item.append(button);
    return item;
  };

  const paintStrip = (list, payload, cells) => {
    const focused = document.activeElement && document.activeElement.dataset.code;
    const chips = payload.strip.map((code) => chip(cells.get(code)));
    list.hidden = chips.length === 0;
    list.replaceChildren(make("li", "fm-lead", payload.words.beside), ...chips);
    const again = [...list.querySelectorAll("button")].find((button) => button.dataset.code === focused);
    if (again) again.focus();
  };

  const paintFoot = (payload, cells) => {
    const foot = document.querySelector(".fm-foot");
    paintLegend(foot.querySelector(".fm-legend"), payload);
    const strip = foot.querySelector(".fm-strip"); // only where no page around has one
    if (strip) paintStrip(strip, payload, cells);
    foot.querySelector("p").textContent = payload.notes;
  };

  const byCode = (payload) => new Map(payload.cells.map((cell) => [cell.code, cell]));

  const paint = (payload) => {
    const cells = byCode(payload);
    shown = payload;
    for (const [code, shape] of shapes) {
      if (cells.has(code)) paintShape(shape, cells.get(code));
    }
    paintFoot(payload, cells);
    window.fieldmapParts.marks.paint(payload);
    // Leaflet would move the map for a new content: the view stays as it is
    if (asked) asked.box.replaceChildren(...figures(asked.shape.cell, true).childNodes);
    measured();
    fit();
  };

  const redraw = () => {
    // Far off, a door is a dot: numbers on top of each other say nothing.
    const { classList } = map.getContainer();
    classList.toggle("fm-far", map.getZoom() < NUMBERS_FROM_ZOOM);
    classList.toggle("fm-specks", map.getZoom() < DOTS_FROM_ZOOM);
    fit();
  };

  // Another measure of the same place: the filter bar keeps the view, the bare address begins anew.
  const keepView = () => {
    if (window.parent === window) return;
    const saved = window.parent.location.search && sessionStorage.getItem("coverage-view");
    if (saved) {
      const { lat, lng, zoom } = JSON.parse(saved);
      map.setView([lat, lng], zoom, { animate: false });
    }
    map.on("moveend", () => {
      sessionStorage.setItem("coverage-view", JSON.stringify({ ...map.getCenter(), zoom: map.getZoom() }));
    });
  };

  return {
    // Writes what stands under the map, before Folium measures how much room is left for it.
    begin() {
      shown = JSON.parse(document.getElementById("fm-figures").textContent);
      paintFoot(shown, byCode(shown));
    },

    // Begins: the map, Folium's layer of the grids, and the base map where there is one.
    start(theMap, grids, base) {
      const payload = shown;
      map = theMap;
      L.control.scale({ imperial: false }).addTo(map);
      grids.eachLayer(addShape);
      const under = base && { group: window.fieldmapBase.add(map, base), word: base.word };
      window.fieldmapParts.marks.start(map, payload, under);
      window.fieldmapParts.draw.start(map, payload.words, (points) => tell("draw", points));
      map.on("zoomend", redraw);
      new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(map.getContainer());
      keepView();
      redraw();
      paint(payload);
      document.documentElement.dataset.ready = "1";
    },

    // Paints new figures in place; the view, what is open and what is picked stay.
    update(payload) {
      paint(payload);
    },

    // Marks grids; codes that the map has not are no fault.
    select(codes) {
      picked.clear();
      codes.forEach((code) => picked.add(code));
      paint(shown);
    },

    onPick(callback) {
      listeners.pick.push(callback);
    },

    onDraw(callback) {
      listeners.draw.push(callback);
    },

    startDrawing() {
      window.fieldmapParts.draw.begin();
    },

    stopDrawing() {
      window.fieldmapParts.draw.end();
    },

    // Returns the map as a PNG, without points and routes.
    png() {
      return window.fieldmapParts.png(shown, [...shapes.values()]);
    },
  };
})();
