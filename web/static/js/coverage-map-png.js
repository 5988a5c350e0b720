// The map as a picture to keep: grids, labels, legend, drawn from the figures. It may hang on a wall,
// so there is no point and no route on it.
"use strict";

window.fieldmapParts.png = (() => {
  const [WIDTH, HEIGHT] = [1600, 1130]; // A4 across
  const EDGE = 40;
  const HEAD = 110;
  const ROW = 30;
  const INK = "#10201f";
  const FACE = '"Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif';

  // The hatching of "nobody due" as on the map.
  const hatching = (context) => {
    const tile = document.createElement("canvas");
    [tile.width, tile.height] = [8, 8];
    const ink = tile.getContext("2d");
    ink.fillStyle = "#ffffff";
    ink.fillRect(0, 0, 8, 8);
    ink.strokeStyle = "#9aa5a2";
    ink.lineWidth = 2;
    for (const from of [-8, 0, 8]) {
      ink.moveTo(from, 8);
      ink.lineTo(from + 8, 0);
    }
    ink.stroke();
    return context.createPattern(tile, "repeat");
  };

  const fillOf = (context, fill) => (fill.startsWith("url(") ? hatching(context) : fill);

  const write = (context, text, x, y, font) => {
    context.font = `${font} ${FACE}`;
    context.lineWidth = 4;
    context.strokeStyle = "#ffffff";
    context.strokeText(text, x, y);
    context.fillStyle = INK;
    context.fillText(text, x, y);
  };

  // Degrees to the picture, as large as fits between head and foot; Mercator as on the map.
  const projection = (shapes, bottom) => {
    const place = (lon, lat) => L.CRS.EPSG3857.project(L.latLng(lat, lon));
    const corners = shapes.map(({ room: [west, south, east, north] }) => [place(west, south), place(east, north)]);
    const west = Math.min(...corners.map(([low]) => low.x));
    const north = Math.max(...corners.map(([, high]) => high.y));
    const wide = Math.max(...corners.map(([, high]) => high.x)) - west;
    const high = north - Math.min(...corners.map(([low]) => low.y));
    const scale = Math.min((WIDTH - 2 * EDGE) / wide, (bottom - HEAD) / high);
    const left = (WIDTH - wide * scale) / 2;
    return (lon, lat) => {
      const { x, y } = place(lon, lat);
      return [left + (x - west) * scale, HEAD + (north - y) * scale];
    };
  };

  const rings = ({ type, coordinates }) => (type === "Polygon" ? coordinates : coordinates.flat());

  const outline = (context, shape, at) => {
    context.beginPath();
    for (const ring of rings(shape.layer.feature.geometry)) {
      ring.forEach(([lon, lat], n) => {
        if (n) context.lineTo(...at(lon, lat));
        else context.moveTo(...at(lon, lat));
      });
      context.closePath();
    }
    context.fillStyle = fillOf(context, shape.cell.fill);
    context.fill("evenodd");
    context.lineWidth = 1.5;
    context.strokeStyle = "#3c4a47";
    context.stroke();
  };

  // What of a label fits into the grid: digits, name and figure, else less, else the figure upright.
  const label = (context, shape, at) => {
    const [west, south, east, north] = shape.room;
    const [left, top] = at(west, north);
    const [right, bottom] = at(east, south);
    const { digits, name, short } = shape.cell;
    context.font = `bold 16px ${FACE}`;
    const fits = (lines, width, height) => lines.length * 19 <= height
      && lines.every((line) => context.measureText(line).width + 6 <= width);
    const flat = [[digits, name, short], [digits, short], [short]].find((lines) => fits(lines, right - left, bottom - top));
    const upright = [[`${digits} ${short}`], [short]].find((lines) => fits(lines, bottom - top, right - left));
    const lines = flat || upright;
    if (!lines) return;
    context.save();
    context.translate(...at(...shape.layer.feature.properties.at));
    if (!flat) context.rotate(-Math.PI / 2);
    lines.forEach((line, n) => {
      write(context, line, 0, (n - (lines.length - 1) / 2) * 19, n === lines.length - 1 ? "bold 16px" : "15px");
    });
    context.restore();
  };

  // One line after another of samples with words; returns how many lines there were.
  const samples = (context, items, top, paint) => {
    let [x, line] = [EDGE, 0];
    for (const { fill, text } of items) {
      context.font = `17px ${FACE}`;
      const wide = 36 + context.measureText(text).width + 26;
      if (x > EDGE && x + wide > WIDTH - EDGE) [x, line] = [EDGE, line + 1];
      if (paint) {
        const y = top + line * ROW;
        context.fillStyle = fillOf(context, fill);
        context.fillRect(x, y - 9, 26, 18);
        context.lineWidth = 1;
        context.strokeStyle = "#3c4a47";
        context.strokeRect(x, y - 9, 26, 18);
        context.fillStyle = INK;
        context.fillText(text, x + 36, y);
      }
      x += wide;
    }
    return items.length ? line + 1 : 0;
  };

  const head = (context, payload) => {
    context.textAlign = "left";
    write(context, payload.title, EDGE, 40, "bold 30px");
    write(context, payload.caption, EDGE, 80, "20px");
  };

  const legendOf = (payload) =>
    payload.legend.map(({ fill, words, n }) => ({ fill, text: `${words} ×${n}` }));

  const stripOf = (payload) => {
    const cells = new Map(payload.cells.map((cell) => [cell.code, cell]));
    return payload.strip.map((code) => cells.get(code)).map(({ fill, label: name, text }) => ({ fill, text: `${name}: ${text}` }));
  };

  const paint = (context, payload, shapes) => {
    const [legend, strip] = [legendOf(payload), stripOf(payload)];
    const lines = samples(context, legend, 0, false) + samples(context, strip, 0, false);
    const bottom = HEIGHT - EDGE - (lines + 1) * ROW;
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.textBaseline = "middle";
    head(context, payload);
    if (shapes.length) {
      const at = projection(shapes, bottom - 10);
      shapes.forEach((shape) => outline(context, shape, at));
      context.textAlign = "center";
      shapes.forEach((shape) => label(context, shape, at));
    }
    context.textAlign = "left";
    const under = samples(context, legend, bottom + ROW / 2, true);
    samples(context, strip, bottom + ROW / 2 + under * ROW, true);
    context.font = `14px ${FACE}`;
    context.fillText(payload.notes, EDGE, HEIGHT - EDGE, WIDTH - 2 * EDGE);
  };

  return (payload, shapes) => new Promise((done) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [WIDTH, HEIGHT];
    paint(canvas.getContext("2d"), payload, shapes);
    canvas.toBlob(done, "image/png");
  });
})();
