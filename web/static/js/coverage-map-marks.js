// Layers of the coverage map: signs at points, routes, and the switch that shows and hides them.
"use strict";

window.fieldmapParts.marks = (() => {
  const MANY = 400; // from here on signs are dots on one canvas
  const DOTS = new Set(["overdue", "never", "no_owner", "unseen"]);
  const { make } = window.fieldmapParts;
  const held = new Map(); // key -> { group, layer, dots, same, shown }
  let map = null;
  let words = {};
  let control = null;
  let named = "";

  const popupBox = (layer, mark) => {
    const [, , sign, text, , href] = mark;
    const lead = layer.lead && layer.lead.replace("{n}", sign);
    const box = make("div", "fm-box", [lead, layer.texts[text]].filter(Boolean).join(" · "));
    if (href) {
      const anchor = make("a", "fm-link", words.open);
      anchor.href = href;
      anchor.target = "_top";
      box.append(anchor);
    }
    return box;
  };

  // The popup belongs to the map, not to the sign: it outlives a repaint.
  const open = (layer, mark) => {
    L.popup().setLatLng([mark[1], mark[0]]).setContent(popupBox(layer, mark)).openOn(map);
  };

  const signOf = (layer, mark) => {
    const [lon, lat, sign, text, style] = mark;
    const name = layer.styles[style];
    const icon = L.divIcon({ className: `fm-mark fm-${name}`, html: make("span", "", sign), iconSize: null });
    const pane = DOTS.has(name) ? "fm-dots" : "markerPane";
    const title = layer.texts[text];
    const marker = L.marker([lat, lon], { icon, pane, alt: `${sign} ${title}`, title });
    return marker.on("click", () => open(layer, mark));
  };

  // A way is drawn twice: a white rim under the colour, so that it shows on every grid.
  const wayOf = (line) => [
    L.polyline(line.path, { color: "#ffffff", weight: 7, opacity: 0.9, interactive: false }),
    L.polyline(line.path, { color: line.colour, weight: 4, opacity: 1, dashArray: line.dash || null, interactive: false }),
  ];

  const fill = (entry, layer) => {
    entry.group.clearLayers();
    layer.lines.forEach((line) => wayOf(line).forEach((way) => entry.group.addLayer(way)));
    entry.dots = layer.marks.length > MANY ? window.fieldmapParts.dots(layer) : null;
    if (entry.dots) {
      entry.group.addLayer(entry.dots);
    } else {
      layer.marks.forEach((mark) => entry.group.addLayer(signOf(layer, mark)));
    }
  };

  // The box of the bar decides; what was switched on the map itself stays until the bar says otherwise.
  const show = (entry, layer) => {
    if (entry.shown === layer.shown) return;
    entry.shown = layer.shown;
    if (layer.shown) entry.group.addTo(map);
    else entry.group.remove();
  };

  const paintLayer = (layer) => {
    const entry = held.get(layer.key) || { group: L.layerGroup(), same: "", shown: false };
    const { name, shown, ...drawn } = layer;
    const same = JSON.stringify(drawn);
    held.set(layer.key, entry);
    if (entry.same !== same) {
      entry.same = same;
      entry.layer = layer;
      fill(entry, layer);
    }
    show(entry, layer);
  };

  const nameOf = (layer) => {
    const key = make("span", `fm-key fm-${layer.sign}`);
    key.setAttribute("aria-hidden", "true");
    key.append(make("span"));
    const box = make("span");
    box.append(key, layer.name);
    return box.outerHTML; // Leaflet takes HTML; the name went in as text
  };

  const paintControl = (layers) => {
    const names = layers.map(nameOf);
    if (names.join() === named) return;
    named = names.join();
    held.forEach((entry) => control.removeLayer(entry.group));
    layers.forEach((layer, n) => control.addOverlay(held.get(layer.key).group, names[n]));
  };

  const forget = (layers) => {
    const keys = new Set(layers.map((layer) => layer.key));
    for (const [key, entry] of held) {
      if (keys.has(key)) continue;
      control.removeLayer(entry.group);
      entry.group.remove();
      held.delete(key);
    }
  };

  return {
    // `base` is the base map, which can be switched off, or nothing.
    start(theMap, payload, base) {
      map = theMap;
      words = payload.words;
      control = L.control.layers(null, null, { collapsed: true }).addTo(map);
      const toggle = map.getContainer().querySelector(".leaflet-control-layers-toggle");
      toggle.dataset.word = toggle.title = words.layers;
      if (base) control.addOverlay(base.group, make("span", "", base.word).outerHTML);
      // a dot outside every grid; one on a grid is the grid's to ask for
      map.on("click", (event) => {
        if (!event.originalEvent.target.closest("path.fm-cell")) this.hit(event);
      });
    },

    paint(payload) {
      words = payload.words;
      payload.layers.forEach(paintLayer);
      forget(payload.layers);
      paintControl(payload.layers);
    },

    // Opens the dot under a click; says whether there was one.
    hit(event) {
      for (const { group, dots, layer } of held.values()) {
        const mark = dots && map.hasLayer(group) && dots.nearest(event.containerPoint);
        if (!mark) continue;
        open(layer, mark);
        return true;
      }
      return false;
    },
  };
})();
