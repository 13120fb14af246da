// Who is inside, from the check-ins of this device and of the others.

export class Presence {
  // events are rows [hash, direction, at, entrance, id] as export() returns them.
  constructor(events = []) {
    this.byHash = new Map();
    for (const [hash, direction, at, entrance, id] of events) this.add({ hash, direction, at, entrance, id });
  }

  add({ hash, direction, at, entrance, id }) {
    const events = this.byHash.get(hash) ?? [];
    if (events.some((event) => event.id === id)) return;
    events.push({ direction, at, entrance, id });
    events.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
    this.byHash.set(hash, events);
  }

  remove(hash, id) {
    this.byHash.set(
      hash,
      (this.byHash.get(hash) ?? []).filter((event) => event.id !== id),
    );
  }

  // changes are the rows of the server: [hash, direction, at, entrance, id, undone].
  apply(changes) {
    for (const [hash, direction, at, entrance, id, undone] of changes) {
      if (undone) this.remove(hash, id);
      else this.add({ hash, direction, at, entrance, id });
    }
  }

  latest(hash) {
    return this.byHash.get(hash)?.at(-1);
  }

  export() {
    return [...this.byHash].flatMap(([hash, events]) =>
      events.map(({ direction, at, entrance, id }) => [hash, direction, at, entrance, id]),
    );
  }
}
