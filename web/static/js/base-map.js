// The base map under the coverage map: our own vector tiles, or the pictures of another host.
// Loaded after Leaflet and before the map is made; defines `fieldmapBase`, and `L.CRS.GCJ02`
// for pictures in the shifted datum: what is put on such a map and got from it stays WGS-84.
"use strict";

(() => {
  const PANE = "fm-base";
  const UNDER_GRIDS = 150;
  const OVER_GRIDS = 450;
  const LATEST_MS = 1500;

  // WGS-84 to GCJ-02 as in fieldmap/datum.py, which is the one that is explained.
  const { PI, sin, cos, sqrt, abs } = Math;
  const SEMI_MAJOR_M = 6378245;
  const ECCENTRICITY_SQUARED = 0.00669342162296594323;
  const STEPS = 4;

  const waves = (x) => ((20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * 2) / 3;
  const slope = (x) => ((20 * sin(x * PI) + 40 * sin((x / 3) * PI)) * 2) / 3;
  const swell = (x, first, second, period) =>
    ((first * sin((x / 12) * PI) + second * sin((x * PI) / period)) * 2) / 3;
  const inChina = (lon, lat) => lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271;

  const shifted = ({ lng, lat }) => {
    if (!inChina(lng, lat)) return L.latLng(lat, lng);
    const [x, y] = [lng - 105, lat - 35];
    const root = sqrt(abs(x));
    const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
      + waves(x) + slope(y) + swell(y, 160, 320, 30);
    const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
      + waves(x) + slope(x) + swell(x, 150, 300, 30);
    const turn = (lat * PI) / 180;
    const magic = 1 - ECCENTRICITY_SQUARED * sin(turn) ** 2;
    const degrees = 180 / PI;
    return L.latLng(
      lat + (degrees * north * magic * sqrt(magic)) / (SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED)),
      lng + (degrees * east * sqrt(magic)) / (SEMI_MAJOR_M * cos(turn)),
    );
  };

  const unshifted = (goal) => {
    let found = goal;
    for (let step = 0; step < STEPS; step += 1) {
      const there = shifted(found);
      found = L.latLng(found.lat - (there.lat - goal.lat), found.lng - (there.lng - goal.lng));
    }
    return found;
  };

  const mercator = L.Projection.SphericalMercator;
  L.CRS.GCJ02 = L.extend({}, L.CRS.EPSG3857, {
    code: "GCJ-02",
    projection: L.extend({}, mercator, {
      project: (place) => mercator.project(shifted(place)),
      unproject: (point) => unshifted(mercator.unproject(point)),
    }),
  });

  const load = (address) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = done;
    script.onerror = () => failed(new Error(`${address} did not load`));
    document.head.append(script);
  });

  const idle = () => new Promise((done) => {
    if (window.requestIdleCallback) window.requestIdleCallback(done, { timeout: LATEST_MS });
    else setTimeout(done, 200);
  });

  const picture = (layer, base) => L.tileLayer(layer.url, {
    pane: PANE,
    minZoom: layer.first,
    maxZoom: layer.last,
    maxNativeZoom: layer.finest - base.zoomOffset,
    zoomOffset: base.zoomOffset,
  });

  // Whose map it is, and its approval number: as text, without a link.
  const words = (text) => {
    const control = L.control({ position: "bottomright" });
    control.onAdd = () => {
      const box = L.DomUtil.create("div", "leaflet-control-attribution fm-base-words");
      box.textContent = text;
      box.style.fontSize = "11px";
      return box;
    };
    return control;
  };

  // Our own lines darken the colours of the grids and leave them what they are; pictures lie under them.
  const makePane = (map, drawn) => {
    const pane = map.createPane(PANE);
    pane.style.zIndex = drawn ? OVER_GRIDS : UNDER_GRIDS;
    pane.style.pointerEvents = "none";
    if (drawn) pane.style.mixBlendMode = "multiply";
    else map.getContainer().classList.add("fm-with-base");
  };

  const draw = async (base, group) => {
    await idle();
    for (const script of base.scripts) await load(script);
    base.layers.forEach((layer) => group.addLayer(window.fieldmapBaseStyle.layer(layer, PANE)));
    group.fire("ready");
  };

  // Put a base map on the map; returns the group that a layer switch can take off.
  const add = (map, base) => {
    const drawn = base.kind === "pmtiles";
    makePane(map, drawn);
    const group = L.layerGroup([]);
    const credit = words(base.words);
    group.on("add", () => credit.addTo(map)).on("remove", () => credit.remove());
    group.addTo(map);
    if (drawn) draw(base, group).catch((error) => console.warn("base map:", error.message));
    else base.layers.forEach((layer) => group.addLayer(picture(layer, base)));
    return group;
  };

  window.fieldmapBase = { add };
})();
