/* The map: the piece of base map in the packet, the route, numbered stops, the position. Nothing is loaded but
   Leaflet, from the phone itself. */

import { metresBetween } from "./geo.js";
import { element, say } from "./words.js";

const SCRIPT = "/vendor/leaflet/leaflet.js";
const STYLE = "/vendor/leaflet/leaflet.css";
const ROADS = {
  path: { color: "#a58c5f", weight: 1.5, dashArray: "4 4" },
  track: { color: "#b49a6a", weight: 2 },
  steps: { color: "#8c6a4a", weight: 3, dashArray: "2 3" },
  lane: { color: "#ffffff", weight: 3, edge: "#c3c7c4" },
  road: { color: "#ffffff", weight: 5, edge: "#aab1ae" },
  main: { color: "#fbe3a1", weight: 7, edge: "#b99b45" },
  ferry: { color: "#3d7fb0", weight: 2, dashArray: "6 5" },
};
const WATER = "#a9d0e6";
const HOUSE = { color: "#c9c3b8", weight: 1, fillColor: "#e6e1d7", fillOpacity: 1 };
/** From which zoom a kind of name is shown; the first ones are placed first. */
const NAMES = { village: 0, water: 14, road: 15, place: 15 };
const TEXT_PX = { line: 20, wide: 16, narrow: 9 };
const PIN_PX = 20;

let loading = null;

const loaded = (tag, attributes) =>
  new Promise((resolve, reject) => {
    const part = element(tag, { ...attributes, onload: resolve, onerror: () => reject(new Error("leaflet")) });
    document.head.append(part);
  });

/** Load Leaflet when a map is first opened. */
export function leaflet() {
  if (!loading) {
    loading = Promise.all([loaded("script", { src: SCRIPT }), loaded("link", { rel: "stylesheet", href: STYLE })]).then(() => window.L);
    loading.catch(() => { loading = null; });
  }
  return loading;
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** [lat, lon] of every point of a LINE: whole numbers [y0, x0, dy, dx, …] from an origin. */
export function unpacked(line, clip) {
  const points = [];
  let [y, x] = [0, 0];
  for (let at = 0; at < line.length; at += 2) {
    y += line[at];
    x += line[at + 1];
    points.push([clip.origin[0] + y * clip.unit, clip.origin[1] + x * clip.unit]);
  }
  return points;
}

/** An empty map in a box. */
export function emptyMap(L, box) {
  const map = L.map(box, { preferCanvas: true, attributionControl: false, zoomSnap: 0.25, maxZoom: 20, minZoom: 5, zoomControl: false });
  L.control.zoom({ zoomInTitle: "+", zoomOutTitle: "−", position: "bottomright" }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  map.labels = [];
  map.on("zoomend", () => placeNames(map));
  return map;
}

export function drawOutlines(L, map, rings) {
  const style = { color: color("--quiet"), weight: 1.5, dashArray: "5 5", fill: false, interactive: false };
  for (const ring of rings) L.polygon(ring, style).addTo(map);
}

const widthOf = (text) => Array.from(text).reduce((sum, sign) => sum + (sign.charCodeAt(0) > 0x2e7f ? TEXT_PX.wide : TEXT_PX.narrow), 0);

const apart = (a, b) => a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top;

/** Show the names that have room: the important ones first, none over another or over a stop. */
function placeNames(map) {
  const zoom = map.getZoom();
  const taken = (map.pins || []).map((point) => around(map, point, PIN_PX, PIN_PX));
  for (const { marker, kind, half } of map.labels) {
    const box = around(map, marker.getLatLng(), half, TEXT_PX.line / 2);
    const fits = zoom >= NAMES[kind] && taken.every((other) => apart(box, other));
    if (fits) taken.push(box);
    marker.getElement().classList.toggle("hidden", !fits);
  }
}

function around(map, point, x, y) {
  const at = map.project(point, map.getZoom());
  return { left: at.x - x, right: at.x + x, top: at.y - y, bottom: at.y + y };
}

function label(L, map, point, text, kind) {
  const icon = L.divIcon({ className: `name ${kind}`, html: element("span", { text }), iconSize: [0, 0] });
  const marker = L.marker(point, { icon, interactive: false, keyboard: false }).addTo(map);
  map.labels.push({ marker, kind: kind in NAMES ? kind : "place", half: widthOf(text) / 2 });
}

function drawWater(L, map, clip) {
  for (const [kind, , line] of clip.water) {
    const points = unpacked(line, clip);
    if (kind === "area") L.polygon(points, { stroke: false, fillColor: WATER, fillOpacity: 1, interactive: false }).addTo(map);
    else L.polyline(points, { color: WATER, weight: 4, interactive: false }).addTo(map);
  }
}

/** The middle of the longest piece of a line. */
function middle(points) {
  const far = (at) => metresBetween(points[at], points[at + 1]);
  let best = 0;
  for (let at = 1; at < points.length - 1; at += 1) if (far(at) > far(best)) best = at;
  const [a, b] = [points[best], points[best + 1] || points[best]];
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

function drawRoads(L, map, clip) {
  const lines = clip.roads.map(([kind, over, name, line]) => [ROADS[kind] || ROADS.lane, over, name, unpacked(line, clip)]);
  for (const [style, over, , points] of lines) {
    const edge = over === "bridge" ? "#5b5f5e" : style.edge;
    if (edge) L.polyline(points, { color: edge, weight: style.weight + 2, interactive: false }).addTo(map);
  }
  for (const [style, , , points] of lines) L.polyline(points, { ...style, interactive: false }).addTo(map);
  const named = new Set();
  for (const [, , name, points] of lines) {
    if (!name || named.has(name)) continue;
    named.add(name);
    label(L, map, middle(points), name, "road");
  }
}

/** Draw a clip, and whose roads they are, as their licence asks; see routing/clip.py for what is in it. */
export function drawClip(L, map, clip) {
  L.control.attribution({ prefix: false, position: "topleft" }).addAttribution(say("guide.roads_by")).addTo(map);
  drawWater(L, map, clip);
  for (const line of clip.buildings) L.polygon(unpacked(line, clip), { ...HOUSE, interactive: false }).addTo(map);
  drawRoads(L, map, clip);
  for (const [kind, text, y, x] of clip.names) label(L, map, unpacked([y, x], clip)[0], text, kind);
  const order = Object.keys(NAMES);
  map.labels.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

/** Frame some points, at least a few hundred metres wide. */
export function frame(L, map, points) {
  const around = points.length ? L.latLngBounds(points) : L.latLngBounds([[35, 105], [36, 106]]);
  map.fitBounds(around.extend(around.getCenter().toBounds(300)), { padding: [28, 28] });
}

function pin(L, map, stop, kind, onStop) {
  const mark = stop.done ? "✓" : stop.number || "＋";
  const icon = L.divIcon({ className: `pin ${kind}${stop.done ? " done" : ""}`, html: element("span", { text: mark }), iconSize: [44, 44] });
  const marker = L.marker(stop.position, { icon, title: `${stop.number || ""} ${stop.title}`.trim(), keyboard: true }).addTo(map);
  marker.on("click", () => onStop(stop));
  return marker;
}

/** What the map shows first: where somebody goes; who is only called may live anywhere. */
function framed(packet, placed, shape) {
  const doors = placed.filter((stop) => stop.channel === "door");
  const points = (doors.length ? doors : placed).map((stop) => stop.position).concat(doors.length ? shape : []);
  return points.length ? points : packet.outlines.flat();
}

/** Draw the day; returns {map, showPosition(place), remove()}. */
export async function drawDay(box, packet, stops, onStop) {
  const L = await leaflet();
  const map = emptyMap(L, box);
  const shape = (packet.route && packet.route.shape) || [];
  const placed = stops.filter((stop) => stop.position);
  frame(L, map, framed(packet, placed, shape));
  if (packet.clip) drawClip(L, map, packet.clip);
  drawOutlines(L, map, packet.outlines);
  if (shape.length) {
    L.polyline(shape, { color: "#fff", weight: 9, opacity: 0.8, interactive: false }).addTo(map);
    L.polyline(shape, { color: color("--accent"), weight: 5, interactive: false }).addTo(map);
    L.circleMarker(shape[0], { radius: 7, color: color("--accent-dark"), weight: 3, fillColor: "#fff", fillOpacity: 1, interactive: false }).addTo(map);
  }
  const next = placed.find((stop) => !stop.done);
  for (const stop of placed) pin(L, map, stop, `${stop === next ? "next" : ""} ${stop.channel === "door" ? "" : "called"}`, onStop);
  map.pins = placed.map((stop) => stop.position);
  placeNames(map);
  return { map, showPosition: position(L, map), remove: () => map.remove() };
}

/** Returns a function that shows where somebody stands, with the circle of what is uncertain. */
export function position(L, map) {
  let shown = null;
  return (place, pan = false) => {
    if (shown) shown.remove();
    const at = [place.lat, place.lon];
    shown = L.layerGroup([
      L.circle(at, { radius: place.accuracy_m, color: "#1a5fd0", weight: 1, fillOpacity: 0.12, interactive: false }),
      L.circleMarker(at, { radius: 8, color: "#fff", weight: 3, fillColor: "#1a5fd0", fillOpacity: 1, interactive: false }),
    ]).addTo(map);
    if (pan) map.panTo(at);
    return say("guide.located", { metres: Math.round(place.accuracy_m) });
  };
}
