// The timetable editor: moves sessions by mouse, touch or keyboard. Each move is sent with the form of the session,
// which also works without JavaScript.
import { addKeyboardHandlers } from "./keyboard.js";
import { addPointerHandlers } from "./pointer.js";
import { buildGrid, cards } from "./view.js";

// The time of a movable session becomes a button that picks it up.
function addHandle(card) {
  const time = card.node.querySelector("[data-time]");
  card.handle = document.createElement("button");
  card.handle.type = "button";
  card.handle.className = "editor-move-handle";
  card.handle.setAttribute("aria-pressed", "false");
  time.replaceWith(card.handle);
  card.handle.append(time);
  addKeyboardHandlers(card);
  addPointerHandlers(card);
}

for (const card of cards) if (card.form) addHandle(card);
buildGrid();
