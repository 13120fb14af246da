// Exchange with the server every few seconds: sends the queue, gets the changes of other devices, alerts and counters.
import { config } from "./config.js";
import { removeAcknowledged, removeFromQueue, takeBatch } from "./queue.js";
import { getIfChanged, OfflineError, postForm, postJSON, RefusedError, SignedOutError } from "./server.js";
import {
  addAlerts,
  countQueue,
  eraseList,
  getEntrance,
  notify,
  saveList,
  savePresence,
  savePresenceSoon,
  setOffline,
  setOnline,
  state,
} from "./state.js";
import { isSupported } from "./store.js";
import { formatCheckIn } from "./uploads.js";

const INTERVAL = 5_000;
const LONGEST_INTERVAL = 60_000;
const LIST_INTERVAL = 60_000;
const BATCH = 50;

let timer;
let delay = INTERVAL;
let running = null;
let listLoadedAt = 0;
let reportSignedOut;

// onSignedOut is called with the error when the server knows neither the user nor the device.
export function startSync(onSignedOut) {
  reportSignedOut = onSignedOut;
  addEventListener("online", () => syncNow());
  document.addEventListener("visibilitychange", () => document.hidden || syncNow());
  return syncNow();
}

export function stopSync() {
  clearTimeout(timer);
  reportSignedOut = () => undefined;
  delay = Infinity;
}

// Synchronizes at once; calls while it is running wait for the same run.
export function syncNow() {
  running ??= run().finally(() => (running = null));
  return running;
}

// After a check-in: the counters change.
export function syncSoon() {
  if (delay === Infinity || running) return;
  clearTimeout(timer);
  timer = setTimeout(syncNow, 1_000);
}

async function run() {
  clearTimeout(timer);
  try {
    // Tabs of one device share the queue.
    if (navigator.locks) await navigator.locks.request("check-in-sync", synchronize);
    else await synchronize();
    if (delay !== Infinity) delay = INTERVAL;
    Object.assign(state, { problem: "", isSignedOut: false });
    await setOnline();
  } catch (error) {
    if (error instanceof OfflineError) await setOffline();
    else if (error instanceof SignedOutError) reportSignedOut(error);
    else await setProblem(error);
    delay = Math.min(delay * 2, LONGEST_INTERVAL);
  }
  if (delay !== Infinity) timer = setTimeout(syncNow, delay);
}

// The network works, but the server refuses: the answers stay on the page, and the banner says why.
async function setProblem(error) {
  state.problem = error instanceof RefusedError ? error.message : config.texts.failed;
  if (!(error instanceof RefusedError)) console.error(error);
  await setOnline();
  notify();
}

// Sends batches until the queue is empty, and then asks once more for the entrance that is chosen now.
async function synchronize() {
  for (;;) {
    const { checkIns, others } = isSupported() ? await takeBatch(BATCH) : { checkIns: [], others: [] };
    const entrance = checkIns[0]?.entranceId ?? getEntrance()?.id;
    const answer = await postJSON(config.urls.sync, {
      entrance,
      since: state.cursor,
      check_ins: checkIns.map(formatCheckIn),
    });
    // The operator may have chosen another entrance meanwhile.
    if (answer.cursor && entrance === getEntrance()?.id) await applyAnswer(answer, checkIns);
    const count = await acknowledge(checkIns, answer.results);
    // A notice has the id of the check-in that it is about: one alert about it is enough.
    await addAlerts(answer.notices.map(({ id, text: words }) => ({ id, words })));
    await sendOthers(others);
    if (answer.erase) await endDay();
    if (!count) return answer.erase ? undefined : refreshList(answer.list_version);
  }
}

async function applyAnswer(answer, checkIns) {
  const isChanged = state.presence.apply(answer.changes);
  Object.assign(state, { cursor: answer.cursor, counters: answer.counters });
  notify();
  // Before the queue is shortened, so that a reload in between loses nothing.
  if (checkIns.length) await savePresence();
  else if (isChanged) savePresenceSoon();
}

// The device may only send what it has recorded.
async function endDay() {
  await eraseList();
  await countQueue();
  if (!state.queueLength) throw new SignedOutError(true);
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

// Ends a check-in that was decided here, with the server's answer: an alert shows it if it differs.
export async function reconcile({ id, hash, verdict, at }, answer) {
  if (answer.error || answer.verdict !== verdict) {
    const name = answer.name || state.list?.byHash.get(hash)?.name;
    const words = answer.error || answer.detail;
    await addAlerts([{ id, name, heading: answer.heading ?? "", words, at }]);
  }
  await removeAcknowledged(id);
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
