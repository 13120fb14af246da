// The input for codes and searches. Scanners that type like a keyboard work wherever the focus is.
import { config, fillTemplate, part, text } from "./config.js";
import { parseInput } from "./codes.js";

const SEARCH_DELAY = 250;
const LEAST_LETTERS = 2;
const TEXT_FIELDS = "input:not([type=radio], [type=checkbox], [type=button]), textarea, select, [contenteditable]";

const form = part("form");
const field = form.elements.code;
const list = part("people");
const count = part("people-count");

let timer;
let latestSearch = 0;

// handleCode(code), search(words) -> people, and choose(person).
export function startInput({ handleCode, search, choose }) {
  const runSearch = (words) => showPeople(words, search, choose);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    const typed = field.value.trim();
    if (!typed) return;
    if (parseInput(typed, config.ticket_url_prefix).kind === "words") {
      runSearch(typed);
    } else {
      clearPeople();
      field.value = "";
      handleCode(typed);
    }
  });

  field.addEventListener("input", () => {
    clearTimeout(timer);
    const typed = field.value.trim();
    if (typed.length < LEAST_LETTERS) clearPeople();
    else if (parseInput(typed, config.ticket_url_prefix).kind === "words") {
      timer = setTimeout(runSearch, SEARCH_DELAY, typed);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest(TEXT_FIELDS)) return;
    // The first character, and those that follow it, go to the input.
    field.value = "";
    field.focus();
  });

  // On phones the focus would open the keyboard.
  if (matchMedia("(pointer: fine)").matches) field.focus();
}

function clearPeople() {
  latestSearch += 1;
  list.replaceChildren();
  count.textContent = "";
}

export function clearInput() {
  field.value = "";
  clearPeople();
}

async function showPeople(words, search, choose) {
  latestSearch += 1;
  const number = latestSearch;
  const people = await search(words);
  // The answer to an earlier search may come later.
  if (number !== latestSearch || !people) return;
  list.replaceChildren(...people.map((person) => buildPerson(person, choose)));
  count.textContent = people.length ? text("people_found", { number: people.length }) : config.texts.nobody_found;
}

function buildPerson(person, choose) {
  const node = fillTemplate("person", { ...person, heading: person.inside ? config.texts.inside : person.heading });
  const button = node.querySelector("button");
  button.dataset.tone = person.inside ? "warning" : person.tone;
  part("swatch", node).style.backgroundColor = person.color || "transparent";
  button.addEventListener("click", () => choose(person));
  return node;
}
