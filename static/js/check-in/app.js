// Check-in: connects scanning, typing and searching with the answers, and keeps working without a network.
import { startCameraControls } from "./camera.js";
import { checkIn, saveNote, searchPeople, undo } from "./check-in.js";
import { config, part } from "./config.js";
import { startFeedback } from "./feedback.js";
import { clearInput, startInput } from "./input.js";
import { startOfflinePage } from "./offline-page.js";
import { showAnswer, showMessage, showSaved, startResult } from "./result.js";
import { OfflineError, RefusedError, SignedOutError } from "./server.js";
import { endSession, startSession } from "./session.js";
import { loadState, resetPresence, state } from "./state.js";
import { startStatus } from "./status.js";
import { startSync, syncNow } from "./sync.js";

const ENTRANCE_KEY = "check-in-entrance";

const form = part("form");

// One at a time, in order.
let working = Promise.resolve();
let isBusy = false;

function work(task) {
  working = working.then(async () => {
    isBusy = true;
    part("application").setAttribute("aria-busy", "true");
    try {
      await task();
    } catch (error) {
      showError(error);
    } finally {
      isBusy = false;
      part("application").removeAttribute("aria-busy");
    }
  });
  return working;
}

function showError(error) {
  if (error instanceof SignedOutError) endSession(error.isErased);
  else if (error instanceof RefusedError) showMessage(config.texts.refused, error.message);
  else if (error instanceof OfflineError) showMessage(config.texts.no_answer, config.texts.no_answer_detail);
  else showMessage(config.texts.failed, config.texts.failed_detail, "bad");
}

const check = (subject, options) =>
  work(async () => {
    let answer;
    try {
      answer = await checkIn(subject, options);
    } catch (error) {
      if (!(error instanceof SignedOutError) || error.isErased || !state.list) throw error;
      // Now the stored list answers.
      await endSession(false);
      answer = await checkIn(subject, options);
    }
    showSaved("");
    showAnswer(answer, subject);
  });

function startEntrance() {
  const fixed = config.entrance;
  const stored = Number(localStorage.getItem(ENTRANCE_KEY));
  const known = config.entrances.some(({ id }) => id === stored);
  const field = form.elements.entrance;
  state.entrance = fixed ?? (known ? stored : (config.entrances[0]?.id ?? null));
  if (!field || fixed) return;
  field.value = String(state.entrance);
  field.addEventListener("change", async () => {
    state.entrance = Number(field.value);
    localStorage.setItem(ENTRANCE_KEY, field.value);
    resetPresence();
    await syncNow();
    await syncNow();
  });
}

function startDirection() {
  const read = () => {
    state.direction = form.elements.direction.value || "in";
  };
  read();
  form.addEventListener("change", read);
}

async function search(words) {
  try {
    return await searchPeople(words);
  } catch (error) {
    showError(error);
    return undefined;
  }
}

async function start() {
  for (const node of document.querySelectorAll("[data-needs-scripts]")) node.hidden = false;
  startEntrance();
  startDirection();
  startFeedback();
  await loadState();
  await startSession();
  startStatus();
  startResult({
    undo: (answer) =>
      work(async () => {
        const undone = await undo(answer);
        const ended = { detail: "", handout: "", can_undo: false, check_in: null, can_override: false };
        showAnswer({ ...answer, ...undone, ...ended }, null);
      }),
    saveNote: (answer, words) =>
      work(async () => {
        await saveNote(answer, words);
        showSaved(config.texts.note_saved);
      }),
    override: ({ subject }, reason) => check(subject, { reason }),
  });
  startInput({
    handleCode: (code) => check({ code }),
    search,
    choose: (person) => {
      clearInput();
      part("result").focus();
      check({ person });
    },
  });
  startCameraControls((code) => isBusy || check({ code }));
  startOfflinePage();
  part("application").dataset.ready = "";
  await startSync(showError);
}

start();
