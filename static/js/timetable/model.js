// Calculations of the timetable editor, without access to the page. Times are minutes after midnight.

export const HOUR = 60;

export const formatTime = (minute) =>
  `${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

export const formatTimeRange = ({ start, duration }) => `${formatTime(start)}–${formatTime(start + duration)}`;

// Replaces the names in braces by values.
export const fillText = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// The hours that the grid shows: at least 9 to 19 o'clock, with some space around the sessions.
export function getDayRange(cards) {
  const earliest = Math.min(...cards.map((card) => card.start), 24 * HOUR);
  const latest = Math.max(19 * HOUR, ...cards.map((card) => card.start + card.duration));
  return {
    earliest,
    first: Math.max(0, Math.floor((Math.min(9 * HOUR, earliest) - 1) / HOUR) * HOUR),
    last: Math.ceil((latest + 1) / HOUR) * HOUR,
  };
}

const overlap = (one, other) => one.start < other.start + other.duration && other.start < one.start + one.duration;

const isActive = (card) => card.status !== "cancelled" && !card.isRemoved;

// The sessions at the same time in the same room, and those with a common speaker.
export function findConflicts(card, cards) {
  const overlapping = isActive(card)
    ? cards.filter((other) => other !== card && isActive(other) && overlap(card, other))
    : [];
  return {
    room: overlapping.filter((other) => card.room && other.room === card.room),
    speaker: overlapping.filter((other) => other.speakers.some((speaker) => card.speakers.includes(speaker))),
  };
}

// Sets the column of each card of a room, and the number of columns at its time.
export function assignColumns(cards) {
  const ends = [];
  for (const card of [...cards].sort((one, other) => one.start - other.start)) {
    const free = ends.findIndex((end) => end <= card.start);
    card.column = free < 0 ? ends.length : free;
    ends[card.column] = card.start + card.duration;
  }
  for (const card of cards) {
    card.columnCount = Math.max(...cards.filter((other) => overlap(card, other)).map((other) => other.column)) + 1;
  }
}
