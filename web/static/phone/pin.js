/* A map of one grid, to put a pin on a door. */

import { drawClip, drawOutlines, emptyMap, frame, leaflet } from "./sketch.js";
import { element } from "./words.js";

const DOOR = { radius: 4, weight: 1, color: "#3b4244", fillColor: "#fff", fillOpacity: 1, interactive: false };
const FLAG = { ...DOOR, radius: 7, fillColor: "#b3541e" };

/** Draw the grid and the flags in it; onPoint({lat, lon}) is called with every tap. Returns {place(point), remove()}. */
export async function pinMap(box, grid, flags, onPoint) {
  const L = await leaflet();
  const map = emptyMap(L, box);
  let pin = null;
  const place = ({ lat, lon }) => {
    const icon = L.divIcon({ className: "pin flag", html: element("span", { text: "!" }), iconSize: [44, 44] });
    if (pin) pin.remove();
    pin = L.marker([lat, lon], { icon, interactive: false, keyboard: false }).addTo(map);
  };
  frame(L, map, grid.points.concat(...grid.outlines));
  if (grid.clip) drawClip(L, map, grid.clip);
  drawOutlines(L, map, grid.outlines);
  for (const point of grid.points) L.circleMarker(point, DOOR).addTo(map);
  for (const { position } of flags) L.circleMarker(position, FLAG).addTo(map);
  map.on("click", ({ latlng }) => {
    const point = { lat: latlng.lat, lon: latlng.lng };
    place(point);
    onPoint(point);
  });
  return { place: (point) => { place(point); map.panTo([point.lat, point.lon]); }, remove: () => map.remove() };
}
