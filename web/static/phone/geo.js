/* Where things are. The position is taken because somebody tapped, never else. */

const EARTH_M = 6371008.8;
const PATIENCE = { enableHighAccuracy: true, timeout: 20000, maximumAge: 0 };
const rad = (degrees) => (degrees * Math.PI) / 180;

/** Metres between two [lat, lon]. */
export function metresBetween(a, b) {
  const [lat1, lat2] = [rad(a[0]), rad(b[0])];
  const h = Math.sin((lat2 - lat1) / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin(rad(b[1] - a[1]) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(h));
}

/** A distance as people use it: 10, 50 and 100 metres, then kilometres. */
export function rounded(metres) {
  const step = metres < 200 ? 10 : metres < 1000 ? 50 : 100;
  return Math.max(10, Math.round(metres / step) * step);
}

const placeOf = ({ coords }) => ({ lat: coords.latitude, lon: coords.longitude, accuracy_m: coords.accuracy, at: Date.now() });

/** Take the position once; rejects where the phone gives none. */
export function whereAmI() {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) reject(new Error("geolocation"));
    else navigator.geolocation.getCurrentPosition((found) => resolve(placeOf(found)), reject, PATIENCE);
  });
}

/** Follow the position while a view is open; returns what ends it. */
export function follow(onPlace, onNone) {
  if (!navigator.geolocation) {
    onNone();
    return () => undefined;
  }
  const watch = navigator.geolocation.watchPosition((found) => onPlace(placeOf(found)), onNone, PATIENCE);
  return () => navigator.geolocation.clearWatch(watch);
}
