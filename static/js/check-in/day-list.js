// The list of the day for checks without a network: rows by hash of the ticket, and the rule for what was scanned.
import { foldNames, searchRows } from "./search.js";

export class DayList {
  // data is the JSON of the server; see the URL "list".
  constructor(data) {
    Object.assign(this, { version: data.version, day: data.day, endsAt: data.ends_at, madeAt: data.made_at });
    this.rows = data.rows.map(([hash, number, name, category, verdict, days]) => ({
      hash,
      number,
      name,
      category: data.categories[category],
      verdict,
      days: data.days.filter((_, index) => days & (1 << index)),
    }));
    this.byHash = new Map(this.rows.map((row) => [row.hash, row]));
    // A ticket has several hashes while an old key of the site is still valid: the first one stands for all.
    const firstHashes = new Map();
    for (const row of this.rows) {
      const ticket = `${row.number} ${row.name}`;
      if (!firstHashes.has(ticket)) firstHashes.set(ticket, row.hash);
      if (row.name) row.hash = firstHashes.get(ticket);
    }
    this.foldedNames = foldNames(this.rows);
  }

  isOver(now = Date.now()) {
    return now >= Date.parse(this.endsAt);
  }

  search(query) {
    return searchRows(this.rows, this.foldedNames, query);
  }

  // The row of a ticket number, if there is only one; with a name, the row of this person.
  findByNumber(number, name) {
    const rows = this.rows.filter((row) => row.name && row.number === number && row.name === (name ?? row.name));
    return new Set(rows.map((row) => row.hash)).size === 1 ? rows[0] : undefined;
  }
}

// The same rule as the server's: what the ticket allows today and here, then whether the person is inside.
export function decide(row, latest, direction, entrance) {
  if (!row) return "unknown";
  const isInside = latest?.direction === "in";
  if (direction === "out") return isInside ? "admit" : "not_in";
  if (row.verdict !== "admit") return row.verdict;
  const categories = entrance?.categories ?? [];
  if (categories.length && !categories.includes(row.category.id)) return "wrong_entrance";
  return isInside ? "already_in" : "admit";
}
