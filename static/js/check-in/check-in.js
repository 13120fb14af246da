// One check-in: the server decides; without an answer the stored list does.
import { hashCode, parseInput } from "./codes.js";
import { config, formatDays, formatTime, text } from "./config.js";
import { decide } from "./day-list.js";
import { addCheckIn, addNote, addUndo, isQueued } from "./queue.js";
import { OfflineError, postForm } from "./server.js";
import { getEntrance, savePresenceSoon, setOffline, state } from "./state.js";
import { isSupported } from "./store.js";
import { reconcile, syncSoon } from "./sync.js";

// After this time the list answers, if there is one; the server's answer is compared when it arrives.
const SERVER_TIMEOUT = 1_500;

const makeId = () => globalThis.crypto.randomUUID?.();

const canUseList = () => isSupported() && state.list !== null && !state.list.isOver();

// subject has `code`, what was scanned or typed, or `person`, found by a search. Returns the answer to show.
export async function checkIn(subject, { reason = "", note = "" } = {}) {
  const request = { ...subject, reason, note, id: makeId(), direction: state.direction, entrance: getEntrance() };
  request.hash = await findHash(request);
  if ((state.offlineSince || state.isSignedOut) && canUseList()) return decideLocally(request);
  const answering = askServer(request);
  try {
    return await (canUseList() ? withTimeout(answering, SERVER_TIMEOUT) : answering);
  } catch (error) {
    if (!(error instanceof OfflineError)) throw error;
    await setOffline();
    if (!canUseList()) throw error;
    const answer = await decideLocally({ ...request, wasSent: true });
    answering.then((late) => compareLateAnswer(request, answer, late)).catch(() => undefined);
    return answer;
  }
}

async function findHash({ code, person }) {
  if (!isSupported()) return undefined;
  if (person) return (person.hash ? person : findByNumber(person.number, person.name))?.hash;
  const { kind, value } = parseInput(code, config.ticket_url_prefix);
  if (kind === "number") return findByNumber(value)?.hash;
  if (kind !== "code") return undefined;
  const hash = await hashCode(value);
  return state.list?.byHash.get(hash)?.hash ?? hash;
}

const findByNumber = (number, name) => state.list?.findByNumber(number.replace(/\s/g, "").toLowerCase(), name);

async function askServer({ id, code, person, direction, entrance, reason, note, hash }) {
  const answer = await postForm(config.urls.scan, {
    id,
    code,
    registration: person?.registration,
    // A person from the stored list has no other name for the server than the ticket's number.
    ...(person && !person.registration ? { code: person.number } : {}),
    entrance: entrance?.id,
    direction,
    override_reason: reason,
    note,
  });
  if (answer.check_in) syncSoon();
  if (answer.check_in && hash) {
    const at = new Date().toISOString();
    state.presence.add({ hash, direction, at, entrance: entrance.name, id: answer.check_in });
    savePresenceSoon();
  }
  return { ...answer, hash };
}

function withTimeout(promise, milliseconds) {
  const timeout = new Promise((_, reject) => setTimeout(() => reject(new OfflineError("timeout")), milliseconds));
  return Promise.race([promise, timeout]);
}

async function decideLocally(request) {
  const { id, code, person, hash, direction, entrance, reason, note, wasSent } = request;
  const row = hash && state.list.byHash.get(hash);
  const latest = hash && state.presence.latest(hash);
  const isOtherEvent = !row && code !== undefined && parseInput(code, config.ticket_url_prefix).isOtherHost;
  const verdict = isOtherEvent ? "other_event" : decide(row, latest, direction, entrance);
  const answer = describe({ row, verdict, latest, direction, hash });
  const isOverridden = verdict !== "admit";
  if (isOverridden && !(reason && answer.can_override)) return answer;
  const entry = { id, hash, direction, at: new Date().toISOString(), verdict, reason, note, wasSent };
  if (person?.registration) entry.registration = person.registration;
  await addCheckIn({ ...entry, entranceId: entrance?.id, entrance: entrance?.name ?? "" });
  state.presence.add({ ...entry, entrance: entrance?.name ?? "" });
  savePresenceSoon();
  const handout = direction === "in" ? (row?.category?.handout ?? "") : "";
  const recorded = { ...answer, handout, check_in: id, can_undo: true, can_override: false };
  return isOverridden ? { ...recorded, heading: config.texts.let_in, detail: reason, tone: "warning" } : recorded;
}

// The server's answer, in its format, from a row of the list.
function describe({ row, verdict, latest, direction, hash }) {
  const isLeaving = direction === "out" && verdict === "admit";
  return {
    verdict,
    tone: config.verdicts[verdict].tone,
    heading: isLeaving ? config.texts.left : formatHeading(verdict, row, latest),
    detail: verdict === "unknown" ? text("not_in_list", { time: formatTime(state.list.madeAt) }) : "",
    name: row?.name ?? "",
    category: row?.category?.name ?? "",
    color: row?.category?.color ?? "",
    number: row ? `${row.number.slice(0, 4)} ${row.number.slice(4)}`.toUpperCase() : "",
    direction,
    hash,
    check_in: null,
    can_undo: false,
    can_override: Boolean(config.can_override && row?.name && config.verdicts[verdict].is_overridable),
    isOffline: true,
  };
}

function formatHeading(verdict, row, latest) {
  if (verdict === "already_in") {
    return text("already_in", { time: formatTime(latest.at), entrance: latest.entrance });
  }
  const days = row?.days.filter((day) => day > state.list.day) ?? [];
  return verdict === "not_today" && days.length
    ? text("not_today", { days: formatDays(days) })
    : config.verdicts[verdict].heading;
}

// A request without an answer in time may still have been recorded, or refused.
async function compareLateAnswer(request, answer, late) {
  if (late.check_in && !answer.check_in) {
    await reconcile({ id: request.id, verdict: answer.verdict, at: new Date().toISOString() }, late);
  }
}

export async function undo({ check_in: id, hash }) {
  const { direction } = state;
  if (state.offlineSince || (await isQueued(id))) {
    if (!isSupported()) throw new OfflineError("offline");
    await addUndo({ id, hash });
    savePresenceSoon();
    return { heading: config.texts.undone, tone: "warning", direction };
  }
  const answer = await postForm(config.urls.undo, { check_in: id });
  if (hash) state.presence.remove(hash, id);
  savePresenceSoon();
  return { ...answer, heading: config.texts.undone, tone: "warning" };
}

export async function saveNote({ check_in: id }, note) {
  if (state.offlineSince || (await isQueued(id))) return addNote({ id, note });
  return postForm(config.urls.note, { check_in: id, note });
}

// People for the words of a search: the server's, or those of the stored list.
export async function searchPeople(query) {
  if (!state.offlineSince) {
    try {
      const fields = { q: query, entrance: getEntrance()?.id };
      return (await postForm(config.urls.people, fields, canUseList() ? { timeout: SERVER_TIMEOUT } : {})).people;
    } catch (error) {
      if (!(error instanceof OfflineError)) throw error;
      await setOffline();
    }
  }
  if (!canUseList()) throw new OfflineError("no list");
  return state.list.search(query).map((row) => {
    const latest = state.presence.latest(row.hash);
    const isInside = latest?.direction === "in";
    const answer = describe({ row, verdict: decide(row, latest, "in", getEntrance()), latest, direction: "in", hash: row.hash });
    return { ...answer, inside: isInside };
  });
}
