// The coverage page: filter bar, map and table that mark each other, a selection to plan, live figures.
import { filterBar } from "./coverage-bar.js";
import { mapFrame } from "./coverage-frame.js";
import { liveParts } from "./coverage-live.js";
import { savePicture } from "./coverage-picture.js";
import { selection } from "./coverage-select.js";
import { trendLine } from "./coverage-trend.js";

filterBar(document.getElementById("filters"));
const map = mapFrame(document.getElementById("coverage-frame"));
savePicture(document.getElementById("save-png"), map);
const chosen = selection(map);
liveParts(map, () => {
  chosen.show();
  trendLine();
});
trendLine();
