// The line of 12 months comes after the map: it is computed apart, and the page does not wait for it.

let asked = 0;

export const trendLine = async () => {
  const card = document.getElementById("coverage-trend");
  const mine = ++asked;
  try {
    const answer = await fetch(card.dataset.from, { headers: { accept: "text/html" } });
    if (!answer.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const line = page.getElementById("trend");
    const now = document.getElementById("coverage-trend");
    now.querySelector("#trend")?.remove();
    now.append(document.adoptNode(line));
  } catch {
    // the link beside it leads to the same
  }
};
