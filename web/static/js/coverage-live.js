// The page follows the record: figures are fetched again and put in place; selection, scroll and focus stay.
import { onChange } from "./live.js";

const place = (element) => {
  const name = element && (element.id ? `#${CSS.escape(element.id)}` : null);
  if (name) return name;
  if (!element || !element.closest("[data-part]")) return null;
  if (element.name && element.value) return `[name="${CSS.escape(element.name)}"][value="${CSS.escape(element.value)}"]`;
  if (element.dataset.pick) return `button[data-pick="${CSS.escape(element.dataset.pick)}"]`;
  const href = element.getAttribute("href");
  return href ? `a[href="${CSS.escape(href)}"]` : null;
};

// The server has escaped every name in it; a page of its own policy runs no script of it either.
const replace = (html) => {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const focused = place(document.activeElement);
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = document.getElementById(part.id);
    if (old && !old.classList.contains("whole")) old.replaceWith(document.adoptNode(part));
  }
  const again = focused && document.querySelector(focused);
  if (again && again !== document.activeElement) again.focus({ preventScroll: true });
};

const wholeList = async (address) => {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const list = page.getElementById("coverage-gaps");
  document.getElementById("coverage-gaps").replaceWith(document.adoptNode(list));
};

export const liveParts = (map, done) => {
  let all = false;
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".coverage-all a");
    if (!link) return;
    event.preventDefault();
    all = true;
    wholeList(link.href).then(done);
  });
  let asking = false;
  let again = false;
  const refresh = async () => {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await fetch(`/map/figures${location.search}`, { headers: { accept: "application/json" } });
      if (answer.ok) {
        const figures = await answer.json();
        replace(figures.table);
        if (all) await wholeList(document.getElementById("coverage-gaps").dataset.more);
        await map.update(figures);
        done();
      }
    } catch {
      // the line is down: live.js says so and calls again when it is back
    } finally {
      asking = false;
    }
    if (again) {
      again = false;
      refresh();
    }
  };
  onChange(refresh);
};
