// Moving by pointer. A mouse drags a session anywhere; touch only at its handle, so that the page can still scroll.
import { cancel, drop, getOriginalPlacement, isAnyMoving, pickUp, place, showPosition } from "./moves.js";
import { day, isStacked, rooms, scroller, snap, unscheduled } from "./view.js";

const DRAG_THRESHOLD = 5;
const SCROLL_MARGIN = 40;
const SCROLL_STEP = 12;

function handlePointerDown(event, card) {
  const isAtHandle = card.handle.contains(event.target);
  if (event.button !== 0 || isStacked() || isAnyMoving()) return;
  if (!isAtHandle && (event.pointerType !== "mouse" || event.target.closest("summary, form, details"))) return;
  const offset = event.clientY - card.node.getBoundingClientRect().top;
  const origin = { x: event.clientX, y: event.clientY, offset };
  const controller = new AbortController();
  const listen = (name, handler) => addEventListener(name, handler, { signal: controller.signal });
  const finish = (action) => {
    controller.abort();
    if (isAnyMoving()) action();
  };
  listen("pointermove", (move) => move.pointerId === event.pointerId && drag(move, card, origin));
  listen("pointerup", () => finish(() => endDrag(card)));
  listen("pointercancel", () => finish(cancel));
  listen("blur", () => finish(cancel));
  listen("keydown", (key) => {
    if (key.key !== "Escape" || !isAnyMoving()) return;
    addEventListener("pointerup", suppressClick, { once: true });
    finish(cancel);
  });
}

function drag(event, card, origin) {
  if (!isAnyMoving()) {
    const distance = Math.hypot(event.clientX - origin.x, event.clientY - origin.y);
    if (distance < DRAG_THRESHOLD || !pickUp(card)) return;
    getSelection().removeAllRanges();
  }
  scrollAtEdge(event);
  if (isOver(unscheduled.parentElement, event)) {
    place(card, { start: getOriginalPlacement().start, room: "" });
    return;
  }
  const room = isOver(scroller, event) && rooms.find(({ track }) => isOver(track.parentElement, event));
  if (!room) return;
  const { top, height } = room.track.getBoundingClientRect();
  const minutesPerPixel = (day.last - day.first) / height;
  const start = day.first + (event.clientY - origin.offset - top) * minutesPerPixel;
  if (place(card, { start: snap(start), room: room.id })) showPosition(card);
}

function isOver(element, { clientX, clientY }) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return left <= clientX && clientX < right && top <= clientY && clientY < bottom;
}

function scrollAtEdge(event) {
  if (!isOver(scroller, event)) return;
  const { left, right, top, bottom } = scroller.getBoundingClientRect();
  const getStep = (position, start, end) => {
    if (position < start + SCROLL_MARGIN) return -SCROLL_STEP;
    return position > end - SCROLL_MARGIN ? SCROLL_STEP : 0;
  };
  scroller.scrollBy(getStep(event.clientX, left, right), getStep(event.clientY, top, bottom));
}

// The click event after a drag must not activate the button or link under the pointer.
function suppressClick() {
  const controller = new AbortController();
  addEventListener("click", (click) => {
    click.preventDefault();
    click.stopPropagation();
  }, { capture: true, signal: controller.signal });
  setTimeout(() => controller.abort());
}

function endDrag(card) {
  suppressClick();
  drop();
  card.handle.focus({ preventScroll: true });
}

export function addPointerHandlers(card) {
  card.node.addEventListener("pointerdown", (event) => handlePointerDown(event, card));
  // The title is a link, which the browser would drag as such.
  card.node.addEventListener("dragstart", (event) => event.preventDefault());
}
