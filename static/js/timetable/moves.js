// Moving a session: pick up, place, drop and save. One session at a time.
import { formatTime } from "./model.js";
import {
  formatConflicts,
  formatText,
  removeCard,
  showCard,
  showConflicts,
  showError,
  showPageUpdates,
  showStatus,
  sortCards,
} from "./view.js";

let current = null;

export const isMoving = (card) => current?.card === card;
export const isAnyMoving = () => current !== null;
export const getOriginalPlacement = () => current.original;

export function pickUp(card) {
  if (card.isSaving) return false;
  current = { card, original: { start: card.start, room: card.room } };
  card.node.classList.add("is-moving");
  return true;
}

// Returns whether this is another placement than before.
export function place(card, { start, room }) {
  if (card.start === start && card.room === room) return false;
  Object.assign(card, { start, room });
  showCard(card);
  showConflicts();
  return true;
}

export const showPosition = (card) => showStatus([formatText(card, "Position"), formatConflicts(card)].join(" "));

function release() {
  const { card, original } = current;
  current = null;
  card.node.classList.remove("is-moving");
  card.handle.setAttribute("aria-pressed", "false");
  return { card, original };
}

export function cancel() {
  const { card, original } = release();
  place(card, original);
  showStatus(formatText(card, "NotMoved"));
}

export function drop() {
  const { card, original } = release();
  sortCards();
  if (card.start === original.start && card.room === original.room) showStatus(formatText(card, "NotMoved"));
  else save(card, original);
}

// Responses can arrive out of order; updates of the page are taken from the response to the latest request.
let lastRequest = 0;
let lastShown = 0;

async function save(card, original) {
  const request = (lastRequest += 1);
  writeForm(card);
  card.isSaving = true;
  card.node.setAttribute("aria-busy", "true");
  showStatus(formatText(card, "Saving"));
  try {
    const response = await send(card.form);
    const state = await response.json();
    applyResponse(card, original, state, response.ok);
    if (state.version && request > lastShown) showPageUpdates(state);
    lastShown = Math.max(request, lastShown);
  } catch (failure) {
    place(card, original);
    showError(failure.status === 403 || failure.redirected ? "Forbidden" : "Failed");
  }
  card.isSaving = false;
  card.node.removeAttribute("aria-busy");
  writeForm(card);
  sortCards();
}

// Throws the response if it is not JSON, such as the sign-in page.
async function send(form) {
  const response = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
  });
  if (!response.headers.get("Content-Type")?.startsWith("application/json")) throw response;
  return response;
}

function writeForm({ form, start, room }) {
  form.elements.start.value = formatTime(start);
  form.elements.room.value = room;
}

// Shows the placement that the server reports, also after a refused move.
function applyResponse(card, original, state, isSaved) {
  if (state.version) {
    card.form.elements.version.value = state.version;
    card.start = state.start_minute;
    card.duration = state.duration_minutes;
    card.room = state.room;
    card.status = state.status;
    if (state.is_shown_day) showCard(card);
    else removeCard(card);
    showConflicts();
  } else place(card, original);
  showStatus(state.message, !isSaved);
}
