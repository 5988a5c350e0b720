// The map's frame as the page sees it: everything waits until the map is there.

const WAIT_MS = 50;
const TRIES = 400;

// The frame's scripts run before its load event, the page's perhaps after it: so it is asked for, not waited for.
const ready = (frame) =>
  new Promise((resolve) => {
    const look = (left) => {
      const map = frame.contentWindow && frame.contentWindow.fieldmapMap;
      if (map && map.update && frame.contentDocument.readyState !== "loading") resolve(map);
      else if (left > 0) setTimeout(look, WAIT_MS, left - 1);
    };
    look(TRIES);
  });

export const mapFrame = (frame) => {
  const map = ready(frame);
  return {
    update: async (figures) => (await map).update(figures),
    select: async (codes) => (await map).select(codes),
    onPick: async (callback) => (await map).onPick(callback),
    onDraw: async (callback) => (await map).onDraw(callback),
    draw: async () => (await map).startDrawing(),
    stop: async () => (await map).stopDrawing(),
    canDraw: async () => typeof (await map).startDrawing === "function",
    png: async () => {
      const drawn = await map;
      return typeof drawn.png === "function" ? () => drawn.png() : null;
    },
  };
};
