// Moving by keyboard: Enter on the handle picks a session up, arrow keys move it, Enter drops and Escape cancels.
import { HOUR } from "./model.js";
import { cancel, drop, isAnyMoving, isMoving, pickUp, place, showPosition } from "./moves.js";
import { formatText, getPlace, isFocusKept, places, showStatus, snap, stepMinutes } from "./view.js";

const shiftTime = (card, minutes) => ({ start: snap(card.start + minutes), room: card.room });

function shiftRoom(card, offset) {
  const index = places.indexOf(getPlace(card)) + offset;
  return { start: card.start, room: (places[index] ?? getPlace(card)).id };
}

const PLACEMENT_BY_KEY = {
  ArrowUp: (card) => shiftTime(card, -stepMinutes),
  ArrowDown: (card) => shiftTime(card, stepMinutes),
  PageUp: (card) => shiftTime(card, -HOUR),
  PageDown: (card) => shiftTime(card, HOUR),
  ArrowLeft: (card) => shiftRoom(card, -1),
  ArrowRight: (card) => shiftRoom(card, 1),
};

function handleKey(event, card) {
  if (!isMoving(card)) return;
  if (event.key === "Escape") cancel();
  else if (PLACEMENT_BY_KEY[event.key]) {
    place(card, PLACEMENT_BY_KEY[event.key](card));
    card.node.scrollIntoView({ block: "nearest", inline: "nearest" });
    showPosition(card);
  } else return;
  event.preventDefault();
}

function handleClick(card) {
  if (isMoving(card)) drop();
  else if (!isAnyMoving() && pickUp(card)) {
    card.handle.setAttribute("aria-pressed", "true");
    showStatus(formatText(card, "Selected"));
  }
}

function handleBlur(card) {
  if (!isFocusKept() && isMoving(card) && card.handle.getAttribute("aria-pressed") === "true") cancel();
}

export function addKeyboardHandlers(card) {
  card.handle.addEventListener("click", () => handleClick(card));
  card.handle.addEventListener("keydown", (event) => handleKey(event, card));
  card.handle.addEventListener("blur", () => handleBlur(card));
}
