// The elements of the timetable editor. Replaces the table by a grid to scale with an axis of hours and a column for
// each room.
import {
  HOUR,
  assignColumns,
  fillText,
  findConflicts,
  formatTime,
  formatTimeRange,
  getDayRange,
  getMinuteHeight,
  isShort,
} from "./model.js";

const editor = document.querySelector("[data-editor]");
const texts = editor.dataset;
const snapMinutes = Number(texts.snapSeconds) / 60;
const statusLine = document.querySelector("[data-status-message]");
export const scroller = editor.querySelector(".editor-scroll");
export const unscheduled = editor.querySelector("[data-unscheduled-cards]");
export const isStacked = () => matchMedia("(max-width: 48rem)").matches;

export const cards = [...editor.querySelectorAll("[data-session]")].map((node) => ({
  node,
  title: node.dataset.title,
  start: Number(node.dataset.startMinute),
  duration: Number(node.dataset.durationMinutes),
  room: node.dataset.room,
  status: node.dataset.status,
  speakers: node.dataset.speakers.split(" ").filter(Boolean),
  form: node.querySelector(".editor-move form"),
}));
export const rooms = [...editor.querySelectorAll("th[data-room]")].map((header) => ({
  id: header.dataset.room,
  name: header.textContent.trim(),
}));
const noRoom = { id: "", name: texts.textNoRoom, track: unscheduled };
export const places = [...rooms, noRoom];
export const day = getDayRange(cards);
const minuteHeight = getMinuteHeight(cards);
const clashList = document.querySelector("[data-clashes]");

export const snap = (minute) =>
  Math.max(day.first, Math.min(day.last - HOUR, Math.round(minute / snapMinutes) * snapMinutes));
export const stepMinutes = snapMinutes;
export const getPlace = (card) => rooms.find((room) => room.id === card.room) ?? noRoom;

export function buildGrid() {
  const grid = document.createElement("div");
  grid.className = "editor-day";
  grid.style.setProperty("--day-minutes", day.last - day.first);
  grid.style.setProperty("--scale", `${minuteHeight}rem`);
  grid.append(buildAxis(), ...rooms.map(buildRoomColumn));
  scroller.replaceChildren(grid);
  editor.classList.add("is-interactive");
  for (const element of document.querySelectorAll("[data-requires-script]")) element.hidden = false;
  cards.forEach(showCard);
  sortCards();
  showConflicts();
  // Earlier hours are above the visible part.
  scroller.scrollTop = Math.max(0, (day.opensAt - HOUR / 4 - day.first) / (day.last - day.first)) * grid.offsetHeight;
}

function buildAxis() {
  const axis = document.createElement("div");
  axis.className = "editor-axis";
  axis.setAttribute("aria-hidden", "true");
  for (let minute = day.first; minute < day.last; minute += HOUR) {
    const label = axis.appendChild(document.createElement("span"));
    label.textContent = formatTime(minute);
    label.style.setProperty("--start-minute", minute - day.first);
  }
  return axis;
}

function buildRoomColumn(room) {
  const column = document.createElement("section");
  const heading = column.appendChild(document.createElement("h2"));
  column.className = "editor-column";
  heading.textContent = room.name;
  heading.id = `room-${room.id}`;
  column.setAttribute("aria-labelledby", heading.id);
  room.track = column.appendChild(document.createElement("div"));
  room.track.className = "editor-track";
  return column;
}

// Returns the text of this name with the title, time and room of a session.
export const formatText = (card, name) =>
  fillText(texts[`text${name}`], { title: card.title, time: formatTimeRange(card), room: getPlace(card).name });

export function showStatus(text, isError = false) {
  statusLine.textContent = text;
  statusLine.classList.toggle("error", isError);
}

export const showError = (name) => showStatus(texts[`text${name}`], true);

// An element that is moved in the document loses the focus; the handle must not take this for leaving it.
let isRefocusing = false;
export const isFocusKept = () => isRefocusing || !document.hasFocus();

function keepFocus(container, change) {
  const focused = container.contains(document.activeElement) ? document.activeElement : null;
  isRefocusing = true;
  change();
  focused?.focus({ preventScroll: true });
  isRefocusing = false;
}

export function showCard(card) {
  const { node } = card;
  const { track } = getPlace(card);
  if (node.parentElement !== track) keepFocus(node, () => track.append(node));
  node.style.setProperty("--start-minute", card.start - day.first);
  node.style.setProperty("--duration-minutes", card.duration);
  node.classList.toggle("is-short", isShort(card, minuteHeight));
  node.dataset.room = card.room;
  showTimeRange(card);
  card.handle?.setAttribute("aria-label", formatText(card, "Move"));
}

// The end has an element of its own, as a card of one line shows only the start.
function showTimeRange(card) {
  const [start, end] = formatTimeRange(card).split("–");
  const endNode = Object.assign(document.createElement("span"), { className: "editor-end", textContent: `–${end}` });
  card.node.querySelector("[data-time]").replaceChildren(start, endNode);
}

export function removeCard(card) {
  card.isRemoved = true;
  card.node.remove();
}

// Screen readers and the Tab key follow the order of the document: by time.
export function sortCards() {
  for (const { track } of places) {
    const sorted = cards.filter((card) => !card.isRemoved && card.node.parentElement === track);
    sorted.sort((one, other) => one.start - other.start);
    if (sorted.some((card, index) => track.children[index] !== card.node)) {
      keepFocus(track, () => track.append(...sorted.map((card) => card.node)));
    }
  }
  editor.querySelector("[data-all-scheduled]").hidden = unscheduled.children.length > 0;
}

const joinTitles = (conflicts) => conflicts.map((card) => card.title).join(", ");

export function formatConflicts(card) {
  const { room, speaker } = findConflicts(card, cards);
  return [
    room.length ? fillText(texts.textSameRoom, { titles: joinTitles(room) }) : "",
    speaker.length ? fillText(texts.textSameSpeaker, { titles: joinTitles(speaker) }) : "",
  ].filter(Boolean).join(" ");
}

// A short form for the first line of a card, which is never cut off.
function formatClash(card) {
  const { room, speaker } = findConflicts(card, cards);
  return [room.length && texts.textRoomClash, speaker.length && texts.textSpeakerClash].filter(Boolean).join(", ");
}

// The list of all clashes, above the grid.
function showClashes() {
  const clashes = cards.map((card) => ({ card, text: formatConflicts(card) })).filter(({ text }) => text);
  clashes.sort((one, other) => one.card.start - other.card.start);
  clashList.hidden = clashes.length === 0;
  clashList.querySelector("ul").replaceChildren(
    ...clashes.map(({ card, text }) => {
      const link = Object.assign(document.createElement("a"), { textContent: card.title, href: `#${card.node.id}` });
      const entry = document.createElement("li");
      entry.append(`${formatTimeRange(card)} `, link, ` – ${text}`);
      return entry;
    }),
  );
}

export function showConflicts() {
  for (const card of cards) {
    const text = formatConflicts(card);
    const line = card.node.querySelector("[data-conflict]");
    line.textContent = text;
    line.hidden = !text;
    card.node.querySelector("[data-clash]").textContent = formatClash(card);
    card.node.classList.toggle("has-conflict", Boolean(text));
  }
  showClashes();
  for (const { track } of rooms) {
    const inRoom = cards.filter((card) => card.node.parentElement === track);
    assignColumns(inRoom);
    for (const { node, column, columnCount } of inRoom) {
      node.style.setProperty("--column", column);
      node.style.setProperty("--column-count", columnCount);
    }
  }
}

function showIssues(card, issues) {
  const details = card.node.querySelector("[data-issues]");
  details.hidden = issues.length === 0;
  details.querySelector("[data-issue-count]").textContent = issues.length;
  details.querySelector("ul").replaceChildren(
    ...issues.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
}

// Shows what a move changes elsewhere: issues of other sessions, and the number of unpublished changes.
export function showPageUpdates({ issues, bar }) {
  for (const card of cards) showIssues(card, issues[card.node.dataset.session] ?? []);
  const { body } = new DOMParser().parseFromString(bar, "text/html");
  if (body.firstElementChild) document.querySelector(".admin-toolbar")?.replaceWith(body.firstElementChild);
}
