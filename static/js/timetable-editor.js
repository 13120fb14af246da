// Turns the board's table into a day to scale, on which sessions are moved by mouse, finger or keyboard. Each move is
// sent with the form that stands on the session anyway; what the server refuses goes back to where it is now.
const board = document.querySelector("[data-board]");
const words = board.dataset;
const step = Number(words.step) / 60;
const said = document.querySelector("[data-said]");
const scroller = board.querySelector(".board-scroll");
const unplaced = board.querySelector(".editor-unscheduled [data-cards]");
const stacked = matchMedia("(max-width: 48rem)");
const HOUR = 60;

const clock = (minute) =>
  `${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const snapped = (minute) => Math.max(first, Math.min(last - HOUR, Math.round(minute / step) * step));

const cards = [...board.querySelectorAll("[data-card]")].map((node) => ({
  node,
  title: node.dataset.title,
  start: Number(node.dataset.start),
  minutes: Number(node.dataset.minutes),
  room: node.dataset.room,
  status: node.dataset.status,
  people: node.dataset.people.split(" ").filter(Boolean),
  form: node.querySelector(".board-move form"),
}));

// The day: an axis of hours, and a column for each room.

const rooms = [...board.querySelectorAll("th[data-room]")].map((head) => ({
  id: head.dataset.room,
  name: head.textContent.trim(),
}));
const nowhere = { id: "", name: words.nowhere, track: unplaced };
const places = [...rooms, nowhere];
const earliest = Math.min(...cards.map((card) => card.start), 24 * HOUR);
const first = Math.max(0, Math.floor((Math.min(9 * HOUR, earliest) - 1) / HOUR) * HOUR);
const last = Math.ceil((Math.max(19 * HOUR, ...cards.map((card) => card.start + card.minutes)) + 1) / HOUR) * HOUR;

const day = document.createElement("div");
day.className = "board-day";
day.style.setProperty("--minutes", last - first);
const axis = day.appendChild(document.createElement("div"));
axis.className = "board-axis";
axis.setAttribute("aria-hidden", "true");
for (let minute = first; minute < last; minute += HOUR) {
  const hour = axis.appendChild(document.createElement("span"));
  hour.textContent = clock(minute);
  hour.style.setProperty("--from", minute - first);
}
for (const room of rooms) {
  const column = day.appendChild(document.createElement("section"));
  const head = column.appendChild(document.createElement("h2"));
  column.className = "board-column";
  head.textContent = room.name;
  head.id = `room-${room.id}`;
  column.setAttribute("aria-labelledby", head.id);
  room.track = column.appendChild(document.createElement("div"));
  room.track.className = "board-track";
}
scroller.replaceChildren(day);
board.classList.add("scripted");
for (const hidden of document.querySelectorAll("[data-scripted]")) hidden.hidden = false;

const placeOf = (card) => rooms.find((room) => room.id === card.room) ?? nowhere;
const hours = (card) => `${clock(card.start)}–${clock(card.start + card.minutes)}`;
const told = (card, text) =>
  fill(text, { title: card.title, time: hours(card), room: placeOf(card).name, titles: "" });

function show(card) {
  const { track } = placeOf(card);
  if (card.node.parentElement !== track) {
    const focused = card.node.contains(document.activeElement) ? document.activeElement : null;
    moving = true;
    track.append(card.node);
    focused?.focus({ preventScroll: true });
    moving = false;
  }
  card.node.style.setProperty("--from", card.start - first);
  card.node.style.setProperty("--length", card.minutes);
  card.node.dataset.room = card.room;
  card.node.querySelector("[data-time]").textContent = hours(card);
  card.grip?.setAttribute("aria-label", told(card, words.grip));
}

// The order of reading is the order of time.
function sort() {
  for (const { track } of places) {
    const here = cards.filter((card) => !card.gone && card.node.parentElement === track);
    here.sort((one, other) => one.start - other.start);
    if (here.some((card, place) => track.children[place] !== card.node)) {
      const focused = track.contains(document.activeElement) ? document.activeElement : null;
      track.append(...here.map((card) => card.node));
      focused?.focus({ preventScroll: true });
    }
  }
  board.querySelector("[data-none]").hidden = unplaced.children.length > 0;
}

// What clashes, as it would be where the sessions stand now.

const overlap = (one, other) => one.start < other.start + other.minutes && other.start < one.start + one.minutes;
const held = (card) => card.status !== "cancelled" && !card.gone;
const titles = (found) => found.map((card) => card.title).join(", ");

function clashes(card) {
  if (!held(card)) return "";
  const others = cards.filter((other) => other !== card && held(other) && overlap(card, other));
  const room = others.filter((other) => card.room && other.room === card.room);
  const people = others.filter((other) => other.people.some((person) => card.people.includes(person)));
  return [
    room.length ? fill(words.sameRoom, { titles: titles(room) }) : "",
    people.length ? fill(words.samePeople, { titles: titles(people) }) : "",
  ].filter(Boolean).join(" ");
}

function showClashes() {
  for (const card of cards) {
    const text = clashes(card);
    const line = card.node.querySelector("[data-clash]");
    line.textContent = text;
    line.hidden = !text;
    card.node.classList.toggle("clashes", Boolean(text));
  }
  for (const { track } of rooms) placeSideBySide(cards.filter((card) => card.node.parentElement === track));
}

function placeSideBySide(inRoom) {
  const ends = [];
  for (const card of [...inRoom].sort((one, other) => one.start - other.start)) {
    let lane = ends.findIndex((end) => end <= card.start);
    if (lane < 0) lane = ends.length;
    ends[lane] = card.start + card.minutes;
    card.lane = lane;
  }
  for (const card of inRoom) {
    const beside = Math.max(...inRoom.filter((other) => overlap(card, other)).map((other) => other.lane));
    card.node.style.setProperty("--lane", card.lane);
    card.node.style.setProperty("--lanes", beside + 1);
  }
}

function put(card, { start, room }) {
  if (card.start === start && card.room === room) return false;
  Object.assign(card, { start, room });
  show(card);
  showClashes();
  return true;
}

function say(text, isError = false) {
  said.textContent = text;
  said.classList.toggle("error", isError);
}

// Picking up, moving, dropping.

let moving = false;
let carried = null;

function pickUp(card) {
  if (card.saving) return false;
  carried = { card, from: { start: card.start, room: card.room } };
  card.node.classList.add("carried");
  return true;
}

function letGo() {
  const { card, from } = carried;
  carried = null;
  card.node.classList.remove("carried");
  card.grip.setAttribute("aria-pressed", "false");
  return { card, from };
}

function giveUp() {
  const { card, from } = letGo();
  put(card, from);
  say(told(card, words.back));
}

function drop() {
  const { card, from } = letGo();
  sort();
  if (card.start === from.start && card.room === from.room) return say(told(card, words.back));
  return save(card, from);
}

// Answers may overtake each other; of what they say about other sessions, the one last asked for counts.
let asked = 0;
let heard = 0;

async function save(card, from) {
  const { elements } = card.form;
  const turn = (asked += 1);
  elements.start.value = clock(card.start);
  elements.room.value = card.room;
  card.saving = true;
  card.node.setAttribute("aria-busy", "true");
  say(told(card, words.saving));
  try {
    const answer = await fetch(card.form.action, {
      method: "POST",
      body: new FormData(card.form),
      headers: { Accept: "application/json", "X-CSRFToken": elements.csrfmiddlewaretoken.value },
    });
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw answer;
    const state = await answer.json();
    settle(card, from, state, answer.ok);
    if (state.seen && turn > heard) showAround(state);
    heard = Math.max(turn, heard);
  } catch (failure) {
    put(card, from);
    say(failure.status === 403 || failure.redirected ? words.forbidden : words.failed, true);
  }
  card.saving = false;
  card.node.removeAttribute("aria-busy");
  elements.start.value = clock(card.start);
  elements.room.value = card.room;
  sort();
}

// Where the session is now, be it where it was dropped or where somebody else has put it.
function settle(card, from, answer, saved) {
  if (!answer.seen) put(card, from);
  else {
    card.form.elements.seen.value = answer.seen;
    Object.assign(card, { minutes: answer.minutes, status: answer.status, start: answer.start, room: answer.room });
    card.gone = !answer.here;
    if (card.gone) card.node.remove();
    else show(card);
    showClashes();
  }
  say(answer.said, !saved);
}

function showFindings(card, findings) {
  const box = card.node.querySelector("[data-findings]");
  box.hidden = findings.length === 0;
  box.querySelector("[data-number]").textContent = findings.length;
  box.querySelector("ul").replaceChildren(
    ...findings.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
}

// What a move changes elsewhere: the checks of other sessions, and how much is not published.
function showAround({ findings, bar }) {
  for (const card of cards) showFindings(card, findings[card.node.dataset.card] ?? []);
  const { body } = new DOMParser().parseFromString(bar, "text/html");
  if (body.firstElementChild) document.querySelector(".admin-toolbar")?.replaceWith(body.firstElementChild);
}

// By keyboard: the time of each session is a button that picks it up.

const BY_KEY = {
  ArrowUp: (card) => ({ start: snapped(card.start - step), room: card.room }),
  ArrowDown: (card) => ({ start: snapped(card.start + step), room: card.room }),
  PageUp: (card) => ({ start: snapped(card.start - HOUR), room: card.room }),
  PageDown: (card) => ({ start: snapped(card.start + HOUR), room: card.room }),
  ArrowLeft: (card) => ({ start: card.start, room: neighbour(card, -1) }),
  ArrowRight: (card) => ({ start: card.start, room: neighbour(card, 1) }),
};

function neighbour(card, by) {
  const place = places.indexOf(placeOf(card)) + by;
  return (places[place] ?? placeOf(card)).id;
}

function onKey(event, card) {
  if (carried?.card !== card) return;
  if (event.key === "Escape") giveUp();
  else if (BY_KEY[event.key]) {
    put(card, BY_KEY[event.key](card));
    card.node.scrollIntoView({ block: "nearest", inline: "nearest" });
    say([told(card, words.there), clashes(card)].join(" "));
  } else return;
  event.preventDefault();
}

function onPress(card) {
  if (carried?.card === card) return drop();
  if (carried || !pickUp(card)) return undefined;
  card.grip.setAttribute("aria-pressed", "true");
  return say(told(card, words.picked));
}

// By pointer: a mouse takes a session anywhere, a finger at its time, so that it can still scroll.

function onPointerDown(event, card) {
  const atGrip = card.grip.contains(event.target);
  if (event.button !== 0 || stacked.matches || carried) return;
  if (!atGrip && (event.pointerType !== "mouse" || event.target.closest("a, summary, form, details"))) return;
  const box = card.node.getBoundingClientRect();
  const grabbed = { x: event.clientX, y: event.clientY, below: event.clientY - box.top };
  const listening = new AbortController();
  const on = (name, react) => addEventListener(name, react, { signal: listening.signal });
  on("pointermove", (move) => move.pointerId === event.pointerId && drag(move, card, grabbed));
  on("pointerup", () => {
    listening.abort();
    if (carried) endDrag(card);
  });
  for (const name of ["pointercancel", "blur"]) on(name, () => {
    listening.abort();
    if (carried) giveUp();
  });
  on("keydown", (key) => {
    if (key.key !== "Escape") return;
    listening.abort();
    if (carried) giveUp();
  });
}

function drag(event, card, grabbed) {
  if (!carried) {
    if (Math.hypot(event.clientX - grabbed.x, event.clientY - grabbed.y) < 5 || !pickUp(card)) return;
    getSelection().removeAllRanges();
  }
  scrollAtTheEdge(event);
  if (holds(unplaced.parentElement, event)) return void put(card, { start: carried.from.start, room: "" });
  const place = holds(scroller, event) && rooms.find(({ track }) => holds(track.parentElement, event));
  if (!place) return;
  const { track } = place;
  const scale = track.getBoundingClientRect().height / (last - first);
  const start = first + (event.clientY - grabbed.below - track.getBoundingClientRect().top) / scale;
  if (put(card, { start: snapped(start), room: place.id })) say([told(card, words.there), clashes(card)].join(" "));
}

function holds(element, { clientX, clientY }) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return left <= clientX && clientX < right && top <= clientY && clientY < bottom;
}

function scrollAtTheEdge({ clientX, clientY }) {
  const { left, right, top, bottom } = scroller.getBoundingClientRect();
  const pull = (at, from, to) => (at < from + 40 ? -12 : at > to - 40 ? 12 : 0);
  if (holds(scroller, { clientX, clientY })) scroller.scrollBy(pull(clientX, left, right), pull(clientY, top, bottom));
}

function endDrag(card) {
  // The click that ends a drag is no press of the button or link under it.
  const listening = new AbortController();
  addEventListener("click", (click) => {
    click.preventDefault();
    click.stopPropagation();
  }, { capture: true, signal: listening.signal });
  setTimeout(() => listening.abort());
  drop();
  card.grip.focus({ preventScroll: true });
}

function makeMovable(card) {
  const time = card.node.querySelector("[data-time]");
  card.grip = document.createElement("button");
  card.grip.type = "button";
  card.grip.className = "board-grip";
  card.grip.setAttribute("aria-pressed", "false");
  time.replaceWith(card.grip);
  card.grip.append(time);
  card.grip.addEventListener("click", () => onPress(card));
  card.grip.addEventListener("keydown", (event) => onKey(event, card));
  card.grip.addEventListener("blur", () => !moving && document.hasFocus() && carried?.card === card
    && card.grip.getAttribute("aria-pressed") === "true" && giveUp());
  card.node.addEventListener("pointerdown", (event) => onPointerDown(event, card));
}

for (const card of cards) {
  if (card.form) makeMovable(card);
  show(card);
}
sort();
showClashes();
// What is planned is in view; the hours before it are a scroll away.
scroller.scrollTop = Math.max(0, (earliest - HOUR / 4 - first) / (last - first)) * day.offsetHeight;
