// The coverage map inside its Folium page: labels, tooltips, popups.
// Text goes in as text, never as HTML: a grid may be called anything.
"use strict";

(() => {
  const NUMBERS_FROM_ZOOM = 15.5;
  const DOTS = new Set(["overdue", "never", "no_owner"]);

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const figures = (cell, whole) => {
    const box = make("div", "fm-box");
    box.append(make("strong", "", cell.label), make("div", "fm-figure", cell.text));
    box.append(make("div", "fm-words", cell.words));
    if (cell.beside) box.append(make("div", "fm-beside", cell.beside));
    if (whole) {
      const list = make("dl", "fm-lines");
      for (const [name, value] of cell.lines) {
        list.append(make("dt", "", name), make("dd", "", value));
      }
      box.append(list);
    }
    return box;
  };

  // A label is drawn in full where it fits into its grid's box on the screen, else without the name,
  // else not at all.
  const fit = (map, layers) => {
    layers.eachLayer((label) => {
      const icon = label.getElement();
      if (!icon) return;
      const [west, south, east, north] = label.feature.properties.box;
      const a = map.latLngToLayerPoint([north, west]);
      const b = map.latLngToLayerPoint([south, east]);
      const [width, height] = [b.x - a.x, b.y - a.y];
      icon.classList.remove("fm-narrow", "fm-tiny");
      const text = icon.firstChild;
      icon.classList.toggle("fm-narrow", text.offsetWidth > width || text.offsetHeight > height);
      icon.classList.toggle("fm-tiny", text.offsetWidth > width + 6 || text.offsetHeight > height + 6);
    });
  };

  // Another measure of the same place: the filter bar keeps the view, the bare address begins anew.
  const keepView = (map) => {
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

  window.fieldmapMap = {
    cell(feature, layer) {
      layer.bindTooltip(() => figures(feature.properties, false), { sticky: true, className: "fm-tip" });
      layer.bindPopup(() => figures(feature.properties, true), { maxWidth: 320, minWidth: 220 });
      layer.on("popupopen", () => layer.closeTooltip());
    },

    label(feature, latlng) {
      const box = make("div", "fm-label-box");
      box.append(make("b", "", feature.properties.digits));
      box.append(make("span", "fm-name", feature.properties.name));
      box.append(make("span", "fm-short", feature.properties.short));
      const icon = L.divIcon({ className: "fm-label", html: box, iconSize: null });
      return L.marker(latlng, { icon, interactive: false, keyboard: false, pane: "fm-labels" });
    },

    mark(feature, latlng) {
      const { sign, style, text } = feature.properties;
      const html = make("span", "", sign);
      const icon = L.divIcon({ className: `fm-mark fm-${style}`, html, iconSize: null });
      const pane = DOTS.has(style) ? "fm-dots" : "markerPane";
      return L.marker(latlng, { icon, pane, alt: text, title: text });
    },

    popup(feature, layer) {
      const { text, href, link } = feature.properties;
      const box = make("div", "fm-box", text);
      if (href) {
        const anchor = make("a", "fm-link", link);
        anchor.href = href;
        anchor.target = "_top";
        box.append(anchor);
      }
      layer.bindPopup(() => box);
    },

    labels(map, layers) {
      const redraw = () => {
        // Far off, a door is a dot: numbers on top of each other say nothing.
        map.getContainer().classList.toggle("fm-far", map.getZoom() < NUMBERS_FROM_ZOOM);
        fit(map, layers);
      };
      map.on("zoomend", redraw);
      keepView(map);
      redraw();
    },
  };
})();
