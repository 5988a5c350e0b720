// Very many signs as dots on one canvas: a thousand elements would hold the page up.
// They look as the style sheet says, and a click finds the nearest one.
"use strict";

window.fieldmapParts.dots = (() => {
  const REACH = 11; // pixels around a dot that belong to it
  const MARGIN = 30; // pixels around the window in which dots are drawn as well
  const { make } = window.fieldmapParts;

  const pixels = (text) => parseFloat(text) || 0;

  // What a style looks like at this zoom, read from an element that carries it.
  const lookOf = (map, style) => {
    const probe = make("div", `fm-mark fm-${style}`);
    const span = make("span", "", "0");
    probe.append(span);
    map.getPane("fm-dots").append(probe);
    const css = getComputedStyle(span);
    const [width, height] = [span.offsetWidth, span.offsetHeight];
    const moved = new DOMMatrixReadOnly(css.transform);
    const look = {
      width, height,
      dx: moved.e + width / 2,
      dy: moved.f + height / 2,
      round: Math.min(pixels(css.borderTopLeftRadius), height / 2),
      fill: css.backgroundColor,
      rim: css.borderTopColor,
      rimWidth: pixels(css.borderTopWidth),
      dash: css.borderTopStyle === "dashed" ? [3, 2] : [],
      ink: css.color,
      font: `${css.fontWeight} ${css.fontSize} ${css.fontFamily}`,
      numbered: pixels(css.fontSize) > 0,
    };
    probe.remove();
    return look;
  };

  const dot = (context, look, at, sign) => {
    const [width, height] = [look.width, look.height];
    const [x, y] = [at.x + look.dx - width / 2, at.y + look.dy - height / 2];
    context.beginPath();
    context.roundRect(x, y, width, height, look.round);
    context.fillStyle = look.fill;
    context.fill();
    context.setLineDash(look.dash);
    context.lineWidth = look.rimWidth;
    context.strokeStyle = look.rim;
    context.stroke();
    if (!look.numbered) return;
    context.fillStyle = look.ink;
    context.font = look.font;
    context.fillText(sign, at.x + look.dx, at.y + look.dy + 1);
  };

  const Dots = L.Layer.extend({
    initialize(layer) {
      this.layer = layer;
    },

    onAdd(map) {
      this.canvas = L.DomUtil.create("canvas", "fm-dots-canvas leaflet-zoom-hide", map.getPane("fm-dots"));
      this.paint();
      return this;
    },

    onRemove() {
      this.canvas.remove();
    },

    getEvents() {
      return { moveend: this.paint, resize: this.paint };
    },

    paint() {
      const map = this._map;
      const size = map.getSize();
      const fine = window.devicePixelRatio || 1;
      L.DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([0, 0]));
      Object.assign(this.canvas, { width: size.x * fine, height: size.y * fine });
      Object.assign(this.canvas.style, { width: `${size.x}px`, height: `${size.y}px` });
      const context = this.canvas.getContext("2d");
      context.scale(fine, fine);
      context.textAlign = "center";
      context.textBaseline = "middle";
      const looks = this.layer.styles.map((style) => lookOf(map, style));
      this.seen = [];
      for (const mark of this.layer.marks) {
        const at = map.latLngToContainerPoint([mark[1], mark[0]]);
        if (at.x < -MARGIN || at.y < -MARGIN || at.x > size.x + MARGIN || at.y > size.y + MARGIN) continue;
        const look = looks[mark[4]];
        dot(context, look, at, mark[2]);
        this.seen.push([at.x + look.dx, at.y + look.dy, mark]);
      }
    },

    // The mark nearest to a point of the window, or null.
    nearest(point) {
      let [best, least] = [null, REACH];
      for (const [x, y, mark] of this.seen) {
        const away = Math.hypot(point.x - x, point.y - y);
        if (away <= least) [best, least] = [mark, away];
      }
      return best;
    },
  });

  return (layer) => new Dots(layer);
})();
