// Accessible names for controls that the admin's scripts create without a label.
const getLabel = (field) => field?.ariaLabel || field?.labels?.[0]?.textContent.trim().replace(/:$/, "") || "";

// Select2: the accessible name of the combobox is the field label, followed by the selected value.
function labelCombobox(combobox) {
  const selected = combobox.querySelector(".select2-selection__rendered");
  const label = getLabel(combobox.closest(".select2-container")?.previousElementSibling);
  if (!selected || !label) return;
  // The selected value is plain text, not a separate control.
  for (const attribute of ["role", "aria-readonly"]) selected.removeAttribute(attribute);
  combobox.id = `${selected.id}-box`;
  combobox.ariaLabel = label;
  combobox.setAttribute("aria-controls", selected.id.replace(/container$/, "results"));
  combobox.setAttribute("aria-labelledby", `${combobox.id} ${selected.id}`);
}

function labelSearchField(field) {
  field.ariaLabel = getLabel(document.querySelector(".select2-selection[aria-expanded=true]"));
}

// The date and time inputs of a split date-time field: the field label, followed by the text before the input.
function labelDateTimeInput(input) {
  const field = input.closest(".form-row")?.querySelector("label, legend");
  input.ariaLabel = [field, input.previousSibling].map((node) => node?.textContent.trim() ?? "").join(" ");
}

function labelControls() {
  document.querySelectorAll(".select2-selection[role=combobox]:not([aria-label])").forEach(labelCombobox);
  document.querySelectorAll(".select2-search__field:not([aria-label])").forEach(labelSearchField);
  document.querySelectorAll(".datetime > input:not([aria-label])").forEach(labelDateTimeInput);
  for (const icon of document.querySelectorAll(".search-label-icon[aria-label]:not([role])")) icon.role = "img";
}

// Select2 reads this option when it is initialized: the dropdown opens inside the main landmark.
for (const select of document.querySelectorAll(".admin-autocomplete")) select.dataset.dropdownParent = "#content-start";
new MutationObserver(labelControls).observe(document.body, { childList: true, subtree: true });
labelControls();
