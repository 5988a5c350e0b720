// The published table while it is open: after a write the same address is asked again and its figures put in place.
import { onChange } from "./live.js";

async function renewed() {
  const answer = await fetch(window.location.href, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("figures");
  const shown = document.getElementById("figures");
  if (!fresh || fresh.isEqualNode(shown)) return;
  const { scrollLeft } = shown.querySelector(".wide-table") ?? { scrollLeft: 0 };
  shown.replaceWith(document.adoptNode(fresh));
  fresh.querySelector(".wide-table")?.scrollTo({ left: scrollLeft });
}

onChange(() => renewed().catch(() => {})); // the line is cut: live.js says so, and calls again when it is back
