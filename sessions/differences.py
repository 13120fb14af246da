"""What one release changes against another, as JSON: pure, from two documents.

For each of "sessions", "speakers", "rooms" and "themes": {"added": [part], "removed": [part], "changed": [part]}, where
a part is {"id", "slug", "name": text} and a changed one has "fields" too: {field: [before, after]}. Rooms, themes and
speakers stand in sessions by name, so that a list of changes can be read without the documents; of a time both ends are
told, whichever moved. A session that is taken out has its "sequence" too, to go on from should it come back. "facts" is
{name: [before, after]} of "time_zone", "starts_on", "ends_on" and "order_of_rooms" (lists of names). Releases of early
versions have "others" instead, the names of what else differs.
"""

UNSEEN = {"id", "sequence", "revised_at", "revised_in"}
NAME = {"sessions": "title", "speakers": "name", "rooms": "name", "themes": "name"}
FACTS = ("time_zone", "starts_on", "ends_on")
HOURS = ("starts_at", "ends_at")


def differences(before, after):
    before = before or {kind: [] for kind in NAME}
    return {kind: _compared(kind, before, after) for kind in NAME} | {"facts": _facts(before, after)}


def is_empty(changes):
    return not count(changes)


def count(changes):
    """How many things differ, each once however much of it does."""
    parts = sum(len(parts) for kind in NAME for parts in changes.get(kind, {}).values())
    return parts + len(changes.get("facts", ())) + len(changes.get("others", ()))


def _compared(kind, before, after):
    old = {part["id"]: part for part in before[kind]}
    new = {part["id"]: part for part in after[kind]}
    now, then = names(after), names(before)
    changed = []
    for identity, part in new.items():
        if identity in old:
            fields = _fields(readable(old[identity], then), readable(part, now))
            if fields:
                changed.append(_named(part, kind) | {"fields": fields})
    return {
        "added": [_named(part, kind) for identity, part in new.items() if identity not in old],
        "removed": [_named(part, kind) | _sequence(part) for identity, part in old.items() if identity not in new],
        "changed": changed,
    }


def _named(part, kind):
    return {"id": part["id"], "slug": part["slug"], "name": part[NAME[kind]]}


def _sequence(part):
    return {"sequence": part["sequence"]} if "sequence" in part else {}


def _fields(old, new):
    changed = [name for name in new if name not in UNSEEN and old.get(name) != new[name]]
    if any(name in HOURS for name in changed):
        changed = [*HOURS, *(name for name in changed if name not in HOURS)]
    return {name: [old.get(name), new[name]] for name in changed}


def _facts(before, after):
    facts = {name: [before.get(name), after[name]] for name in FACTS if before.get(name) != after[name]}
    stayed = {room["id"] for room in before["rooms"]} & {room["id"] for room in after["rooms"]}
    old, new = ([room for room in document["rooms"] if room["id"] in stayed] for document in (before, after))
    if [room["id"] for room in old] != [room["id"] for room in new]:
        facts["order_of_rooms"] = [[room["name"] for room in old], [room["name"] for room in new]]
    return facts


def names(document):
    """What rooms, themes and speakers are called in this document, by identity."""
    return {item["id"]: item["name"] for kind in ("rooms", "themes", "speakers") for item in document.get(kind, [])}


def readable(part, names):
    """The part with names in place of the identities of rooms and themes, and beside those of speakers."""
    if "parts" not in part:
        return part
    return part | {
        "room": part["room"] and names[part["room"]],
        "themes": [names[theme] for theme in part["themes"]],
        "parts": [
            item | {"id": item["speaker"], "speaker": item["speaker"] and names[item["speaker"]]}
            for item in part["parts"]
        ],
    }
