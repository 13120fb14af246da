// The end of a session follows its start: it keeps the duration. An empty end is proposed from the kind of session.
const MINUTE = 60_000;
const TIME = /^(\d{1,2})(?:\s*(?:[:.hg]|giờ)\s*(\d{2})?(?::\d{2})?|(\d{2}))?\s*([ap])?\.?\s?(?:m\.?)?$/;

// As on the server: 18:00, 9:15 pm, 20.30, 8h30, 0915. Returns minutes after midnight, or null.
function parseTime(text) {
  const match = TIME.exec(text.normalize("NFKC").trim().toLowerCase());
  if (!match) return null;
  const [, hourText, minute, digits, half] = match;
  const hour = Number(hourText);
  const hours = half && hour <= 12 ? (hour % 12) + (half === "p" ? 12 : 0) : hour;
  return hours * 60 + Number(minute ?? digits ?? 0);
}

// Local times are handled as UTC, because the time zone of the browser has no part in them.
function readMoment([date, time]) {
  const midnight = Date.parse(`${date.value.trim()}T00:00Z`);
  const minutes = parseTime(time.value);
  return Number.isNaN(midnight) || minutes === null ? null : midnight + minutes * MINUTE;
}

function writeMoment([date, time], moment) {
  const text = new Date(moment).toISOString();
  date.value = text.slice(0, 10);
  time.value = text.slice(11, 16);
}

function getInputs(name) {
  const inputs = [0, 1].map((part) => document.getElementById(`id_${name}_${part}`));
  return inputs.every(Boolean) ? inputs : null;
}

function connect(start, end, kind) {
  let before = readMoment(start);
  let proposed = null;
  const usualMinutes = JSON.parse(kind?.dataset.usualMinutes ?? "{}");

  function propose(moment) {
    const minutes = usualMinutes[kind?.value];
    if (!minutes) return;
    proposed = moment + minutes * MINUTE;
    writeMoment(end, proposed);
  }

  function update() {
    const moment = readMoment(start);
    const until = readMoment(end);
    if (moment === null) return;
    const isEmpty = end[1].value.trim() === "";
    if (isEmpty || (until === proposed && before === moment)) propose(moment);
    else if (before !== null && until !== null && moment !== before) {
      const isProposed = until === proposed;
      writeMoment(end, until + moment - before);
      if (isProposed) proposed = readMoment(end);
    }
    before = moment;
  }

  // The calendar and the clock of the admin set the value without an event and then focus the input.
  for (const input of start) for (const name of ["change", "focus", "blur"]) input.addEventListener(name, update);
  kind?.addEventListener("change", update);
}

const [start, end] = [getInputs("starts_at"), getInputs("ends_at")];
if (start && end) connect(start, end, document.getElementById("id_kind"));
