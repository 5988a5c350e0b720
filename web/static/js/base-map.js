// The base map under the coverage map: tiles of our own, drawn here, or another host's pictures.
// Loaded before the map is made; defines `fieldmapBase` and, for sources in GCJ-02, `L.CRS.GCJ02`.
"use strict";

(() => {
  const PANE = "fm-base";
  const LATEST_MS = 1500;

  const load = (address) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = done;
    script.onerror = () => failed(new Error(address));
    document.head.append(script);
  });

  const idle = () => new Promise((done) => {
    if (window.requestIdleCallback) window.requestIdleCallback(done, { timeout: LATEST_MS });
    else setTimeout(done, 200);
  });

  const pictures = (base) => base.urls.map((url) => L.tileLayer(url, {
    pane: PANE,
    maxNativeZoom: base.maxZoom,
    maxZoom: 22,
    zoomOffset: base.zoomOffset,
  }));

  const words = (text) => {
    const control = L.control({ position: "bottomright" });
    control.onAdd = () => {
      const box = L.DomUtil.create("div", "leaflet-control-attribution fm-base-words");
      box.textContent = text;
      return box;
    };
    return control;
  };

  // Put a base map under everything; returns the group that a layer switch can take off the map.
  const add = (map, base) => {
    map.createPane(PANE).style.zIndex = 150;
    map.getContainer().classList.add("fm-with-base");
    const group = L.layerGroup([]).addTo(map);
    words(base.words).addTo(map);
    if (base.kind === "tiles") pictures(base).forEach((layer) => group.addLayer(layer));
    else idle().then(() => load(base.library)).then(() => group.addLayer(drawn(base)));
    return group;
  };

  const drawn = (base) => protomapsL.leafletLayer({
    url: new URL(base.urls[0], location.href).href,
    pane: PANE,
    maxDataZoom: base.maxZoom,
    backgroundColor: "#ffffff",
    paintRules: [],
    labelRules: [],
  });

  window.fieldmapBase = { add };
})();
