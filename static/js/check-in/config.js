// Configuration from the server: URLs, texts in the language of the page, entrances and verdicts.

export const config = JSON.parse(document.getElementById("check-in-config").textContent);

export const part = (name, root = document) => root.querySelector(`[data-part="${name}"]`);

// A text of the page with its %(name)s placeholders replaced.
export const text = (name, values = {}) => config.texts[name].replace(/%\((\w+)\)s/g, (_, key) => values[key] ?? "");

const clock = new Intl.DateTimeFormat(config.language, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: config.time_zone,
});
const weekday = new Intl.DateTimeFormat(config.language, { weekday: "long", timeZone: "UTC" });
const conjunction = new Intl.ListFormat(config.language, { type: "conjunction" });

// The time of day at the conference, such as 17:42.
export const formatTime = (moment) => clock.format(new Date(moment));

// Names of ISO days as one phrase: "Tuesday and Wednesday".
export const formatDays = (days) => conjunction.format(days.map((day) => weekday.format(new Date(day))));

// A copy of a template with its slots filled; slots without a value are hidden.
export function fillTemplate(name, values) {
  const node = document.querySelector(`template[data-template="${name}"]`).content.firstElementChild.cloneNode(true);
  fillSlots(node, values);
  return node;
}

export function fillSlots(root, values) {
  for (const slot of root.querySelectorAll("[data-slot]")) {
    const value = values[slot.dataset.slot] ?? "";
    slot.textContent = value;
    slot.hidden = value === "";
  }
}
