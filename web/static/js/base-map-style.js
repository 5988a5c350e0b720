// How our own base map looks: quiet greys that the colours of the grids are still read through.
// Loaded with protomaps-leaflet; `kind` and `layer` are those of routing/tiles.py.
"use strict";

(() => {
  const LAYER = "map";
  const FONT = "\"Noto Sans CJK SC\", \"PingFang SC\", \"Microsoft YaHei\", sans-serif";
  const { PolygonSymbolizer, LineSymbolizer, CenteredTextSymbolizer, LineLabelSymbolizer } = protomapsL;
  const [LINE, POLYGON] = [2, 3];

  const is = (layer, kinds = []) => (zoom, { props }) =>
    props.layer === layer && (!kinds.length || kinds.includes(props.kind));
  const shaped = (type, filter) => (zoom, feature) => feature.geomType === type && filter(zoom, feature);
  const named = (filter) => (zoom, feature) => Boolean(feature.props.name) && filter(zoom, feature);

  // Pixels at level 12, and from there on half as many again with each level, up to a limit.
  const growing = (first, most) => (zoom) => Math.min(most, first * 1.5 ** Math.max(0, zoom - 12));

  const way = (kinds, minzoom, color, width, dash) => ({
    dataLayer: LAYER,
    minzoom,
    filter: shaped(LINE, is("roads", kinds)),
    symbolizer: new LineSymbolizer(dash
      ? { dash, dashColor: color, dashWidth: width, color, width }
      : { color, width, lineCap: "round", lineJoin: "round" }),
  });

  const paintRules = [
    {
      dataLayer: LAYER,
      filter: shaped(POLYGON, is("water")),
      symbolizer: new PolygonSymbolizer({ fill: "#bcd9ea" }),
    },
    {
      dataLayer: LAYER,
      filter: shaped(LINE, is("water")),
      symbolizer: new LineSymbolizer({ color: "#9cc6df", width: growing(1, 6) }),
    },
    {
      dataLayer: LAYER,
      minzoom: 15,
      filter: shaped(POLYGON, is("buildings")),
      symbolizer: new PolygonSymbolizer({ fill: "#d4d4cf", stroke: "#b3b3ac", width: 0.5 }),
    },
    way(["path", "steps"], 15, "#a2a29a", 1, [2, 3]),
    way(["track"], 14, "#a2a29a", 1, [6, 3]),
    way(["lane"], 12, "#a4a49c", growing(0.4, 4)),
    way(["road"], 11, "#8e8e86", growing(0.6, 5)),
    way(["ferry"], 0, "#6a9cbb", 1.2, [5, 4]),
    way(["main"], 0, "#77776f", growing(1.1, 5)),
  ];

  const text = (size, fill) => ({ labelProps: ["name"], fontFamily: FONT, fontSize: size, fill });
  const around = { stroke: "#ffffff", width: 2 };

  const labelRules = [
    {
      dataLayer: LAYER,
      minzoom: 14, // from afar the grids bear names of their own
      filter: named(is("names", ["village"])),
      symbolizer: new CenteredTextSymbolizer({ ...text(13, "#3b3b36"), ...around }),
    },
    {
      dataLayer: LAYER,
      minzoom: 14,
      filter: named(shaped(LINE, is("water"))),
      symbolizer: new LineLabelSymbolizer({ ...text(12, "#2f6484"), ...around }),
    },
    {
      dataLayer: LAYER,
      minzoom: 14,
      filter: named(shaped(LINE, is("roads"))),
      symbolizer: new LineLabelSymbolizer({ ...text(11, "#4a4a44"), ...around }),
    },
    {
      dataLayer: LAYER,
      minzoom: 16,
      filter: named(is("names", ["place"])),
      symbolizer: new CenteredTextSymbolizer({ ...text(11, "#4a4a44"), ...around }),
    },
  ];

  const layer = ({ url, first, last, finest }, pane) => {
    const made = protomapsL.leafletLayer({
      url: new URL(url, location.href).href,
      pane,
      minZoom: first - 0.5, // the map stands between two levels too; the nearer one is drawn
      maxZoom: last + 0.49,
      maxDataZoom: finest,
      attribution: "",
      lang: "zh-CN",
      paintRules,
      labelRules,
    });
    made.beforeAdd = () => {}; // Leaflet's own would hold the whole map to this layer's levels
    return made;
  };

  window.fieldmapBaseStyle = { layer };
})();
