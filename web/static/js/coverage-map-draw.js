// Drawing an area on the coverage map, with mouse or finger: a click a point, a double click or "done" ends.
"use strict";

window.fieldmapParts.draw = (() => {
  const MOST = 100;
  const LINE = { color: "#0b3d91", weight: 3, dashArray: "6 5", interactive: false };
  const AREA = { ...LINE, dashArray: null, fillColor: "#0b3d91", fillOpacity: 0.12 };
  const { make } = window.fieldmapParts;
  let map = null;
  let words = {};
  let finished = () => {};
  let drawing = false;
  let points = [];
  let ink = null; // layer group of line and corners
  let bar = null;

  const closed = () => points.length >= 3;

  const corner = (at) => L.circleMarker(at, { ...LINE, dashArray: null, radius: 5, fillColor: "#fff", fillOpacity: 1 });

  const paint = () => {
    ink.clearLayers();
    const shape = closed() ? L.polygon(points, drawing ? { ...AREA, dashArray: "6 5" } : AREA) : L.polyline(points, LINE);
    ink.addLayer(shape);
    if (drawing) points.forEach((at) => ink.addLayer(corner(at)));
    if (!bar) return;
    bar.done.disabled = !closed();
    bar.undo.disabled = points.length === 0;
    bar.hint.textContent = points.length < MOST ? words.draw : words.full;
    bar.box.classList.toggle("fm-begun", points.length > 0 && points.length < MOST);
  };

  const add = (event) => {
    const last = points[points.length - 1];
    // the second click of a double click adds nothing
    const same = last && map.latLngToContainerPoint(last).distanceTo(event.containerPoint) < 4;
    if (same || points.length >= MOST) return;
    points.push(event.latlng);
    paint();
  };

  const leave = () => {
    drawing = false;
    map.off("click", add).off("dblclick", finish);
    document.removeEventListener("keydown", onKey);
    map.getContainer().classList.remove("fm-drawing");
    map.doubleClickZoom.enable();
    if (bar) bar.box.remove();
    bar = null;
  };

  const cancel = () => {
    leave();
    points = [];
    paint();
  };

  const rounded = ({ lng, lat }) => [Number(lng.toFixed(6)), Number(lat.toFixed(6))];

  function finish() {
    if (!closed()) return;
    leave();
    paint();
    finished(points.map(rounded));
  }

  function onKey(event) {
    if (event.key === "Escape") cancel();
    if (event.key === "Enter" && event.target.tagName !== "BUTTON") finish();
    if (event.key === "Backspace") undo();
  }

  function undo() {
    points.pop();
    paint();
  }

  const button = (word, action) => {
    const made = make("button", "", word);
    made.type = "button";
    made.addEventListener("click", action);
    return made;
  };

  const openBar = () => {
    const box = make("div", "fm-draw-bar");
    const hint = make("span", "", words.draw);
    hint.setAttribute("role", "status");
    bar = { box, hint, done: button(words.done, finish), undo: button(words.undo, undo) };
    box.append(hint, bar.done, bar.undo, button(words.cancel, cancel));
    L.DomEvent.disableClickPropagation(box);
    map.getContainer().append(box);
  };

  return {
    start(theMap, theWords, callback) {
      map = theMap;
      words = theWords;
      finished = callback;
      ink = L.layerGroup().addTo(map);
    },

    begin() {
      if (drawing) return;
      drawing = true;
      points = [];
      map.stop().closePopup();
      map.doubleClickZoom.disable();
      map.getContainer().classList.add("fm-drawing");
      map.on("click", add).on("dblclick", finish);
      document.addEventListener("keydown", onKey);
      openBar();
      paint();
    },

    // Ends the drawing and wipes what was drawn.
    end() {
      cancel();
    },
  };
})();
