/* A sketch without a base map: grid outlines, the route, numbered doors. */

let loading = null;

/** Load Leaflet when a sketch is first opened. */
export function leaflet() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/vendor/leaflet/leaflet.js";
    script.onload = () => resolve(globalThis.L);
    script.onerror = () => {
      loading = null;
      reject(new Error("leaflet"));
    };
    document.head.append(script);
  });
  return loading;
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function base(L, box) {
  const map = L.map(box, { preferCanvas: true, attributionControl: false, zoomSnap: 0.25, maxZoom: 20, minZoom: 5 });
  L.control.scale({ imperial: false }).addTo(map);
  return map;
}

function outline(L, map, rings) {
  for (const ring of rings) {
    L.polygon(ring, { color: color("--quiet"), weight: 1.5, dashArray: "5 5", fillColor: color("--accent"), fillOpacity: 0.05, interactive: false }).addTo(map);
  }
}

/** Frame what is drawn, at least a few hundred metres wide. */
function frame(L, map, points) {
  const around = points.length ? L.latLngBounds(points) : L.latLngBounds([[35, 105], [36, 106]]);
  const middle = around.getCenter();
  map.fitBounds(around.extend(middle.toBounds(300)), { padding: [28, 28] });
}

/** Draw the route; onStop(stop) is called when a number is tapped. */
export async function drawRoute(box, packet, onStop) {
  const L = await leaflet();
  const map = base(L, box);
  outline(L, map, packet.outlines);
  if (packet.shape.length) {
    L.polyline(packet.shape, { color: color("--accent"), weight: 5, opacity: 0.75, interactive: false }).addTo(map);
    L.circleMarker(packet.shape[0], { radius: 7, color: color("--accent-dark"), weight: 3, fillColor: "#fff", fillOpacity: 1, interactive: false }).addTo(map);
  }
  const placed = packet.stops.filter((stop) => stop.position);
  for (const stop of placed) {
    const icon = L.divIcon({ className: `pin${stop.done ? " done" : ""}`, html: String(stop.number), iconSize: [34, 34] });
    const marker = L.marker(stop.position, { icon, title: String(stop.number), keyboard: true }).addTo(map);
    marker.on("click", () => onStop(stop));
  }
  const points = [...placed.map((stop) => stop.position), ...packet.shape];
  frame(L, map, points.length ? points : packet.outlines.flat());
  return map;
}

/** Let somebody set one pin; returns {position(), place(point)}. */
export async function pinSketch(box, packet, onPin) {
  const L = await leaflet();
  const map = base(L, box);
  outline(L, map, packet.outlines);
  for (const door of packet.doors) {
    L.circleMarker(door, { radius: 4, color: color("--accent"), weight: 1.5, fillOpacity: 0.4, interactive: false }).addTo(map);
  }
  for (const flag of packet.flags) {
    L.circleMarker(flag, { radius: 7, color: color("--warn"), weight: 2, fillOpacity: 0.15, interactive: false }).addTo(map);
  }
  frame(L, map, packet.outlines.length ? packet.outlines.flat() : packet.doors);
  let pin = null;
  const place = (point, pan = false) => {
    pin?.remove();
    const icon = L.divIcon({ className: "pin flag", html: "!", iconSize: [34, 34] });
    pin = L.marker(point, { icon, draggable: true, title: "!" }).addTo(map);
    pin.on("dragend", () => onPin(pin.getLatLng()));
    if (pan) map.panTo(point);
    onPin(L.latLng(point));
  };
  map.on("click", (event) => place(event.latlng));
  return { place, clear: () => pin?.remove() };
}
