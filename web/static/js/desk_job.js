// Asks how far a job is until it is over, then shows its result.
const box = document.getElementById("job");
const csrf = document.querySelector("meta[name=csrf]").content;
const address = `/jobs/${box.dataset.job}`;
const bar = box.querySelector("progress");
const headers = { accept: "application/json" };

function end() {
  bar.hidden = true;
  document.getElementById("job-cancel").disabled = true;
}

function show(job) {
  if (job.progress) document.getElementById("job-progress").textContent = job.progress;
  if (job.state === "done") {
    window.location.replace(job.next);
  } else if (job.state === "failed") {
    const said = document.getElementById("job-said");
    said.textContent = job.message;
    said.hidden = false;
    end();
  } else if (job.state === "cancelled") {
    document.getElementById("job-cancelled").hidden = false;
    end();
  } else {
    window.setTimeout(ask, 600);
  }
}

async function ask() {
  try {
    const answer = await fetch(address, { headers });
    const job = await answer.json();
    if (answer.ok) show(job);
    else show({ state: "failed", message: job.message });
  } catch {
    window.setTimeout(ask, 3000); // the line is down: once more later
  }
}

document.getElementById("job-cancel").addEventListener("click", async () => {
  const answer = await fetch(`${address}/cancel`, { method: "POST", headers: { ...headers, "x-csrf": csrf } });
  if (answer.ok) show(await answer.json());
});
ask();
