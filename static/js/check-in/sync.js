// Exchange with the server every few seconds: sends the queue, gets the changes of other devices, alerts and counters.
import { config } from "./config.js";
import { removeAcknowledged, removeFromQueue, takeBatch } from "./queue.js";
import { getIfChanged, OfflineError, postForm, postJSON, RefusedError } from "./server.js";
import {
  addAlerts,
  countQueue,
  eraseList,
  getEntrance,
  saveList,
  savePresence,
  savePresenceSoon,
  setOffline,
  setOnline,
  state,
} from "./state.js";
import { isSupported } from "./store.js";

const INTERVAL = 5_000;
const LONGEST_INTERVAL = 60_000;
const LIST_INTERVAL = 60_000;
const BATCH = 50;

let timer;
let delay = INTERVAL;
let running = null;
let listLoadedAt = 0;
let reportError;

// onError is called with each error that is not the lack of a network.
export function startSync(onError) {
  reportError = onError;
  addEventListener("online", () => syncNow());
  document.addEventListener("visibilitychange", () => document.hidden || syncNow());
  return syncNow();
}

export function stopSync() {
  clearTimeout(timer);
  reportError = () => undefined;
  delay = Infinity;
}

// Synchronizes at once; calls while it is running wait for the same run.
export function syncNow() {
  running ??= run().finally(() => (running = null));
  return running;
}

async function run() {
  clearTimeout(timer);
  try {
    // Tabs of one device share the queue.
    if (navigator.locks) await navigator.locks.request("check-in-sync", synchronize);
    else await synchronize();
    if (delay !== Infinity) delay = INTERVAL;
    await setOnline();
  } catch (error) {
    if (error instanceof OfflineError) await setOffline();
    else reportError(error);
    delay = Math.min(delay * 2, LONGEST_INTERVAL);
  }
  if (delay !== Infinity) timer = setTimeout(syncNow, delay);
}

async function synchronize() {
  let isMore = true;
  while (isMore) {
    const { checkIns, others } = isSupported() ? await takeBatch(BATCH) : { checkIns: [], others: [] };
    const entrance = getEntrance()?.id;
    const answer = await postJSON(config.urls.sync, {
      entrance,
      since: state.cursor,
      check_ins: checkIns.map(({ id, hash, registration, direction, at, note, reason, entranceId }) => ({
        id,
        ...(registration ? { registration } : { hash }),
        direction,
        at,
        entrance: entranceId,
        note: note ?? "",
        override_reason: reason ?? "",
      })),
    });
    // The operator may have chosen another entrance meanwhile.
    if (entrance === getEntrance()?.id) await applyAnswer(answer, checkIns);
    const acknowledged = await acknowledge(checkIns, answer.results);
    await sendOthers(others);
    isMore = checkIns.length === BATCH && acknowledged > 0;
    await refreshList(answer.list_version);
  }
}

async function applyAnswer(answer, checkIns) {
  state.presence.apply(answer.changes);
  Object.assign(state, { cursor: answer.cursor, counters: answer.counters });
  await addAlerts(answer.notices.map(({ id, text: words }) => ({ id: `notice-${id}`, words })));
  // Before the queue is shortened, so that a reload in between loses nothing.
  if (checkIns.length) await savePresence();
  else if (answer.changes.length) savePresenceSoon();
}

async function acknowledge(entries, results) {
  let count = 0;
  for (const { id, ...answer } of results) {
    const entry = entries.find((other) => other.id === id);
    if (!entry) continue;
    await reconcile(entry, answer);
    count += 1;
  }
  return count;
}

// Ends a check-in that was decided here, with the server's answer: both are shown if they differ.
export async function reconcile(entry, answer) {
  if (answer.verdict !== entry.verdict) {
    await addAlerts([
      { id: entry.id, name: answer.name, words: answer.detail || answer.heading, heading: answer.heading, at: entry.at },
    ]);
  }
  await removeAcknowledged(entry.id);
}

async function sendOthers(entries) {
  for (const { id, kind, checkIn, note } of entries) {
    try {
      await postForm(kind === "undo" ? config.urls.undo : config.urls.note, { check_in: checkIn, note });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      await addAlerts([{ id, words: error.message }]);
    }
    await removeFromQueue(id);
  }
}

// Loads the list if there is a newer one, at most once a minute.
async function refreshList(version) {
  if (!isSupported() || (state.list && version === state.list.version && state.etag)) return;
  if (state.list && Date.now() - listLoadedAt < LIST_INTERVAL) return;
  listLoadedAt = Date.now();
  const loaded = await getIfChanged(config.urls.list, state.etag);
  if (loaded) await saveList(loaded.data, loaded.etag);
}

// Sends what can be sent, and returns how many operations remain.
export async function sendQueue() {
  await syncNow();
  await countQueue();
  return state.queueLength;
}

export const eraseWhenOver = async () => {
  if (state.list?.isOver()) await eraseList();
};
