"""What one release changes against another, as JSON: pure, from two documents.

{"sessions": {"added": [part], "removed": [part], "changed": [part]}, "speakers": the same, "others": [name]}
where a part is {"id", "slug", "name": text} and a changed one has "fields" too: {field: [before, after]}. Rooms, themes
and speakers stand there by name, so that a list of changes can be read without the documents. "others" names what else
differs: "rooms", "themes", "time_zone", "starts_on", "ends_on".
"""

UNSEEN = {"id", "sequence", "revised_at", "revised_in"}
NAME = {"sessions": "title", "speakers": "name"}
OTHERS = ("rooms", "themes", "time_zone", "starts_on", "ends_on")


def differences(before, after):
    before = before or {"sessions": [], "speakers": []}
    return {kind: _compared(kind, before, after) for kind in NAME} | {
        "others": [name for name in OTHERS if before.get(name) != after[name]]
    }


def is_empty(changes):
    return not changes["others"] and not any(changes[kind][what] for kind in NAME for what in changes[kind])


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
        "removed": [_named(part, kind) for identity, part in old.items() if identity not in new],
        "changed": changed,
    }


def _named(part, kind):
    return {"id": part["id"], "slug": part["slug"], "name": part[NAME[kind]]}


def _fields(old, new):
    changed = [name for name in new if name not in UNSEEN and old.get(name) != new[name]]
    return {name: [old.get(name), new[name]] for name in changed}


def names(document):
    """What rooms, themes and speakers are called in this document, by identity."""
    return {item["id"]: item["name"] for kind in ("rooms", "themes", "speakers") for item in document.get(kind, [])}


def readable(part, names):
    """The part with names in place of the identities of rooms, themes and speakers."""
    if "parts" not in part:
        return part
    return part | {
        "room": part["room"] and names[part["room"]],
        "themes": [names[theme] for theme in part["themes"]],
        "parts": [item | {"speaker": item["speaker"] and names[item["speaker"]]} for item in part["parts"]],
    }
