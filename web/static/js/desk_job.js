// Asks how far a job is until it is over, then shows its result.
const box = document.getElementById("job");
const csrf = document.querySelector("meta[name=csrf]").content;
const address = `/jobs/${box.dataset.job}`;
const headers = { accept: "application/json" };
const find = (id) => document.getElementById(id);

function paint(job) {
  const part = Math.floor(100 * (job.share ?? 0));
  find("job-bar").value = part;
  find("job-share").textContent = `${part} %`;
  const clock = `${Math.floor(job.elapsed_s / 60)}:${String(job.elapsed_s % 60).padStart(2, "0")}`;
  find("job-elapsed").textContent = clock;
  find("job-waiting").hidden = job.state !== "waiting";
  // said aloud where somebody listens: only when it changes
  if (job.step && find("job-step").textContent !== job.step) find("job-step").textContent = job.step;
  [...find("job-steps").children].forEach((line, at) => {
    line.dataset.at = at + 1 < job.number ? "done" : at + 1 === job.number ? "now" : "later";
  });
}

function end(state) {
  box.dataset.state = state;
  for (const part of box.querySelectorAll("[data-when]")) {
    part.hidden = !part.dataset.when.split(" ").includes(state);
  }
}

function fail(message) {
  find("job-said").textContent = message;
  find("job-said").hidden = false;
  end("failed");
}

function show(job) {
  paint(job);
  if (job.state === "done") window.location.replace(job.next);
  else if (job.state === "failed") fail(job.message);
  else if (job.state === "cancelled") end("cancelled");
  else window.setTimeout(ask, 500);
}

async function ask() {
  if (box.dataset.state === "cancelled") return;
  try {
    const answer = await fetch(address, { headers });
    const job = await answer.json();
    if (answer.ok) show(job);
    else fail(job.message);
  } catch {
    window.setTimeout(ask, 3000); // the line is down: once more later
  }
}

find("job-cancel").addEventListener("click", async () => {
  find("job-cancel").disabled = true;
  try {
    const answer = await fetch(`${address}/cancel`, { method: "POST", headers: { ...headers, "x-csrf": csrf } });
    const job = await answer.json();
    if (!answer.ok) fail(job.message);
    else if (job.state !== "waiting" && job.state !== "running") show(job);
  } catch {
    find("job-cancel").disabled = false; // the line is down: it can be pressed again
  }
});
ask();
