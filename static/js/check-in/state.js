// What the page knows, kept encrypted on the device: the list, who is inside, alerts, and since when it is offline.
import { config } from "./config.js";
import { DayList } from "./day-list.js";
import { Presence } from "./presence.js";
import * as store from "./store.js";

export const state = {
  list: null,
  etag: "",
  presence: new Presence(),
  cursor: "",
  counters: null,
  alerts: [],
  // Ids of alerts that were acknowledged: the server repeats a notice for some seconds.
  acknowledged: [],
  offlineSince: null,
  problem: "",
  isSignedOut: false,
  queueLength: 0,
  entrance: null,
  direction: "in",
};

const listeners = new EventTarget();

// Calls the function after each change of the state.
export const onChange = (listener) => listeners.addEventListener("change", listener);

export const notify = () => listeners.dispatchEvent(new Event("change"));

export const getEntrance = () => config.entrances.find(({ id }) => id === state.entrance) ?? config.entrances[0];

// Entrances of the venue count together; each session counts for itself.
const getPlace = (entrance = getEntrance()) => entrance?.session ?? "venue";

const isHere = (entranceId) => getPlace(config.entrances.find(({ id }) => id === entranceId)) === getPlace();

const PRESENCE_SAVE_INTERVAL = 10_000;
let presenceTimer;

async function save(name, value) {
  if (store.isSupported()) await store.saveValue(name, value);
}

export async function loadState() {
  if (!store.isSupported()) return;
  const [list, presence, alerts, offlineSince] = await Promise.all(
    ["list", "presence", "alerts", "offline-since"].map(store.loadValue),
  );
  if (list) {
    state.list = new DayList(list.data);
    // Names of categories are in the language of the page that loaded the list.
    state.etag = list.language === config.language ? list.etag : "";
  }
  if (presence?.place === getPlace() && presence.day === state.list?.day) {
    Object.assign(state, { cursor: presence.cursor, counters: presence.counters });
    state.presence = new Presence(presence.events);
  }
  Object.assign(state, alerts, { offlineSince: offlineSince ?? null });
  for (const { kind, hash, ...entry } of await store.loadQueue()) {
    if (kind === "check-in" && hash && !entry.undone && isHere(entry.entranceId)) state.presence.add({ hash, ...entry });
  }
  await countQueue();
}

export async function saveList(data, etag) {
  // The people inside on another day are not inside today.
  if (state.list && state.list.day !== data.day) resetPresence();
  const list = new DayList(data);
  if (list.isOver()) return;
  Object.assign(state, { list, etag });
  await save("list", { data, etag, language: config.language });
  notify();
}

export function resetPresence() {
  Object.assign(state, { presence: new Presence(), cursor: "", counters: null });
  notify();
}

export async function savePresence() {
  clearTimeout(presenceTimer);
  presenceTimer = undefined;
  const { cursor, counters, presence, list } = state;
  await save("presence", { place: getPlace(), day: list?.day, cursor, counters, events: presence.export() });
}

// Saves within ten seconds, and when the page is hidden or closed.
export function savePresenceSoon() {
  presenceTimer ??= setTimeout(savePresence, PRESENCE_SAVE_INTERVAL);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden && presenceTimer) savePresence();
});

export async function setOffline() {
  if (state.offlineSince) return;
  state.offlineSince = new Date().toISOString();
  notify();
  await save("offline-since", state.offlineSince);
}

export async function setOnline() {
  if (!state.offlineSince) return;
  state.offlineSince = null;
  notify();
  await save("offline-since", null);
}

// Adds messages { id, name, heading, words, at } that stay until they are acknowledged.
export async function addAlerts(alerts) {
  const knownIds = new Set([...state.acknowledged, ...state.alerts.map(({ id }) => id)]);
  const added = alerts.filter(({ id }) => !knownIds.has(id));
  if (!added.length) return;
  state.alerts = [...state.alerts, ...added];
  await saveAlerts();
}

export async function removeAlert(id) {
  state.alerts = state.alerts.filter((alert) => alert.id !== id);
  state.acknowledged = [...state.acknowledged, id];
  await saveAlerts();
}

async function saveAlerts() {
  notify();
  await save("alerts", { alerts: state.alerts, acknowledged: state.acknowledged });
}

export async function countQueue() {
  state.queueLength = store.isSupported() ? await store.countQueue() : 0;
  notify();
}

// Erases all personal data: the list, who is inside, and alerts. The queue has none and stays until it is sent.
export async function eraseList() {
  Object.assign(state, { list: null, etag: "", alerts: [], acknowledged: [] });
  resetPresence();
  if (store.isSupported()) await Promise.all(["list", "presence", "alerts"].map(store.deleteValue));
}
