// Calculations of the timetable editor, without access to the page. Times are minutes after midnight.

export const HOUR = 60;

export const formatTime = (minute) =>
  `${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

export const formatTimeRange = ({ start, duration }) => `${formatTime(start)}–${formatTime(start + duration)}`;

// Replaces the names in braces by values.
export const fillText = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// The hours that the grid shows: at least 9 to 19 o'clock, with some space around the sessions. Sessions without a room
// are beside the grid, so the first hour to look at is that of the first session with a room.
export function getDayRange(cards) {
  const earliest = Math.min(...cards.map((card) => card.start), 24 * HOUR);
  const placed = cards.filter((card) => card.room).map((card) => card.start);
  const latest = Math.max(19 * HOUR, ...cards.map((card) => card.start + card.duration));
  return {
    opensAt: placed.length ? Math.min(...placed) : earliest,
    first: Math.max(0, Math.floor((Math.min(9 * HOUR, earliest) - 1) / HOUR) * HOUR),
    last: Math.ceil((latest + 1) / HOUR) * HOUR,
  };
}

// Heights in rem: of a minute by default and at most, and of a card with one line.
const MINUTE_HEIGHT = 0.15;
const MAX_MINUTE_HEIGHT = 0.36;
const LINE_HEIGHT = 1.8;
const SHORT_CARD_HEIGHT = 3.6;

// The height of a minute at which the shortest session has room for one line.
export function getMinuteHeight(cards) {
  const shortest = Math.min(...cards.filter((card) => card.room).map((card) => card.duration));
  return Math.min(MAX_MINUTE_HEIGHT, Math.max(MINUTE_HEIGHT, LINE_HEIGHT / shortest));
}

export const isShort = (card, minuteHeight) => card.duration * minuteHeight < SHORT_CARD_HEIGHT;

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
