// The state of the page in words: network and list, what is not yet sent, alerts and counters.
import { config, fillTemplate, formatTime, part, text } from "./config.js";
import { onChange, removeAlert, state } from "./state.js";
import { isSupported } from "./store.js";

const AGE_INTERVAL = 30_000;
const MINUTE = 60_000;

const banner = part("offline");
const networkLine = part("network");
const queueLine = part("queue");
const alerts = part("alerts");
const alertList = part("alert-list");

export function startStatus() {
  part("online-only").hidden = isSupported();
  onChange(showStatus);
  setInterval(showNetwork, AGE_INTERVAL);
  alertList.addEventListener("click", ({ target }) => {
    const id = target.closest("button")?.dataset.id;
    if (id) acknowledge(id);
  });
  showStatus();
}

function showStatus() {
  showNetwork();
  showCounters();
  showAlerts();
}

// Writing the same words again would make screen readers repeat them.
function setText(node, words) {
  if (node.textContent !== words) node.textContent = words;
  node.hidden = !words;
}

function showNetwork() {
  document.documentElement.classList.toggle("is-offline", Boolean(state.offlineSince));
  setText(banner, state.offlineSince ? describeOffline() : "");
  setText(networkLine, state.offlineSince ? "" : describeOnline());
  setText(part("sync-problem"), state.problem);
  part("signed-out").hidden = !state.isSignedOut;
  setText(queueLine, state.queueLength ? text("queue_length", { number: state.queueLength }) : "");
}

function describeOffline() {
  const since = formatTime(state.offlineSince);
  if (!state.list) return text("offline_without_list", { since });
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(state.list.madeAt)) / MINUTE));
  return text("offline", { since, list: formatTime(state.list.madeAt), minutes });
}

function describeOnline() {
  return state.list ? text("online", { list: formatTime(state.list.madeAt) }) : config.texts.online_without_list;
}

function showCounters() {
  // Without a network they would be old.
  part("counters").hidden = !state.counters || Boolean(state.offlineSince);
  for (const name of ["inside", "expected", "free"]) {
    const value = state.counters?.[name];
    setText(part(`counter-${name}`), value == null ? "–" : String(value));
  }
}

function showAlerts() {
  alerts.hidden = !state.alerts.length;
  const shownIds = [...alertList.children].map((node) => node.dataset.id);
  for (const node of [...alertList.children]) {
    if (!state.alerts.some(({ id }) => id === node.dataset.id)) node.remove();
  }
  for (const alert of state.alerts) if (!shownIds.includes(alert.id)) alertList.append(buildAlert(alert));
}

function buildAlert({ id, name, heading, words, at }) {
  const node = fillTemplate("alert", {
    name,
    words,
    heading: heading === words ? "" : heading,
    time: at ? text("let_in_offline", { time: formatTime(at) }) : "",
  });
  node.dataset.id = node.querySelector("button").dataset.id = id;
  return node;
}

async function acknowledge(id) {
  await removeAlert(id);
  (alertList.querySelector("button") ?? part("form").elements.code).focus();
}
