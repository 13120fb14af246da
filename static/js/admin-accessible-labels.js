// The admin's own scripts build fields that no screen reader can name: each is given the name of what it stands for.
const nameOf = (field) => field?.ariaLabel || field?.labels?.[0]?.textContent.trim().replace(/:$/, "") || "";

// A choice that can be searched: the box says its name, then what is chosen in it.
function nameChoice(box) {
  const chosen = box.querySelector(".select2-selection__rendered");
  const name = nameOf(box.closest(".select2-container")?.previousElementSibling);
  if (!chosen || !name) return;
  // What is chosen is words, not a field of its own.
  for (const attribute of ["role", "aria-readonly"]) chosen.removeAttribute(attribute);
  box.id = `${chosen.id}-box`;
  box.ariaLabel = name;
  box.setAttribute("aria-controls", chosen.id.replace(/container$/, "results"));
  box.setAttribute("aria-labelledby", `${box.id} ${chosen.id}`);
}

function nameSearch(field) {
  field.ariaLabel = nameOf(document.querySelector(".select2-selection[aria-expanded=true]"));
}

// The two inputs of a moment stand behind the words that name them, and share the name of their field.
function namePart(input) {
  const field = input.closest(".form-row")?.querySelector("label, legend");
  input.ariaLabel = [field, input.previousSibling].map((words) => words?.textContent.trim() ?? "").join(" ");
}

function nameAll() {
  for (const box of document.querySelectorAll(".select2-selection[role=combobox]:not([aria-label])")) nameChoice(box);
  for (const field of document.querySelectorAll(".select2-search__field:not([aria-label])")) nameSearch(field);
  for (const input of document.querySelectorAll(".datetime > input:not([aria-label])")) namePart(input);
  for (const icon of document.querySelectorAll(".search-label-icon[aria-label]:not([role])")) icon.role = "img";
}

// The list of a choice opens inside the part of the page that it belongs to; read by the admin when it builds the choice.
for (const choice of document.querySelectorAll(".admin-autocomplete")) choice.dataset.dropdownParent = "#content-start";
new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
nameAll();
