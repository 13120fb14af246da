// Refreshes the counters of check-in on the dashboard while the page is visible. Without it they change by a reload.
const INTERVAL = 5000;
const section = document.querySelector("[data-counters-url]");

function showState(state) {
  for (const note of section.querySelectorAll("[data-counters-state]")) {
    note.hidden = note.dataset.countersState !== state;
  }
}

function showCounters(entrances) {
  for (const entrance of entrances) {
    for (const cell of section.querySelectorAll(`[data-entrance="${entrance.id}"] [data-counter]`)) {
      cell.textContent = entrance[cell.dataset.counter] ?? "–";
    }
  }
}

async function refresh() {
  const response = await fetch(section.dataset.countersUrl, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(response.statusText);
  showCounters((await response.json()).entrances);
}

async function poll() {
  if (!document.hidden) {
    try {
      await refresh();
      showState("live");
    } catch {
      showState("stale");
    }
  }
  setTimeout(poll, INTERVAL);
}

if (section) poll();
