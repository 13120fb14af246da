// Who is inside, from the check-ins of this device and of the others.

export class Presence {
  // events are rows [hash, direction, at, entrance, id] as export() returns them.
  constructor(events = []) {
    this.byHash = new Map();
    for (const [hash, direction, at, entrance, id] of events) this.add({ hash, direction, at, entrance, id });
  }

  // add, remove and apply return whether something has changed.
  add({ hash, direction, at, entrance, id }) {
    const events = this.byHash.get(hash) ?? [];
    if (events.some((event) => event.id === id)) return false;
    events.push({ direction, at, entrance, id });
    events.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
    this.byHash.set(hash, events);
    return true;
  }

  remove(hash, id) {
    const events = this.byHash.get(hash) ?? [];
    const others = events.filter((event) => event.id !== id);
    this.byHash.set(hash, others);
    return others.length < events.length;
  }

  // changes are the rows of the server: [hash, direction, at, entrance, id, undone].
  apply(changes) {
    let isChanged = false;
    for (const [hash, direction, at, entrance, id, undone] of changes) {
      const isNew = undone ? this.remove(hash, id) : this.add({ hash, direction, at, entrance, id });
      isChanged ||= isNew;
    }
    return isChanged;
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
