// The answer, large: colour, sign and words. It stays until the next scan, with undo, note and override in place.
import { config, fillSlots, part } from "./config.js";
import { giveFeedback } from "./feedback.js";

const result = part("result");
const announcement = part("announcement");
const undoButton = part("undo");
const noteForm = part("note");
const overrideForm = part("override");

let shown = null;

// The handlers undo, saveNote and override get the answer that is shown, and the words that were typed.
export function startResult({ undo, saveNote, override }) {
  undoButton.addEventListener("click", () => undo(shown));
  handleForm(noteForm, (words) => saveNote(shown, words));
  handleForm(overrideForm, (words) => override(shown, words));
}

function handleForm(details, handle) {
  const form = details.querySelector("form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const field = form.elements[0];
    if (!field.value.trim()) return field.focus();
    handle(field.value.trim());
    field.value = "";
    details.open = false;
    result.focus();
  });
}

// answer has the format of the server; subject is what was checked, for the override.
export function showAnswer(answer, subject) {
  shown = { ...answer, subject };
  result.dataset.tone = answer.tone;
  part("sign", result).textContent = config.signs[answer.tone];
  fillSlots(announcement, answer);
  part("swatch", result).style.backgroundColor = answer.color || "transparent";
  for (const row of announcement.querySelectorAll("[data-row]")) row.hidden = !answer[row.dataset.row];
  undoButton.hidden = !(answer.can_undo && answer.check_in);
  noteForm.hidden = !answer.check_in;
  overrideForm.hidden = !answer.can_override;
  noteForm.open = overrideForm.open = false;
  part("result-actions").hidden = undoButton.hidden && noteForm.hidden && overrideForm.hidden;
  result.scrollIntoView({ block: "nearest" });
  giveFeedback(answer.tone);
}

export const showMessage = (heading, detail, tone = "warning") => showAnswer({ heading, detail, tone }, null);

export const showSaved = (words) => {
  part("saved").textContent = words;
};
