"""What others changed between the moment somebody was shown a row and the moment the same person saves it.

A page carries a token of what it showed: a short digest of each field, tie and belonging. So it needs no column of its
own, holds for every way of saving, and tells which fields are different now. What is compared is read under a lock of
the row (SQLite: of the database, which each transaction takes when it begins), so that of two who save at the same time
the second is told.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

from django.utils.translation import gettext as _

from .content import belongings, columns, content, digest, own, ties
from .timeline import last_changes
from .values import Names, in_words, label


@dataclass(frozen=True)
class Difference:
    """One field that somebody else changed. kept says whose value the page shows now: "theirs" or "yours"."""

    name: str
    label: str
    theirs: str
    yours: str = ""
    who: str = ""
    when: datetime | None = None
    kept: str = "theirs"


class StaleEdit(Exception):
    """The row is not what was shown. differences say what others changed; token is of what it is now."""

    def __init__(self, row, differences, token):
        super().__init__(row, differences, token)
        self.row, self.differences, self.token = row, differences, token

    def __str__(self):
        return _("Nothing was saved: somebody else has changed this since you opened it.")


class Meanwhile:
    """A stored row as it is now against what was shown of it; only some of its columns, where they are named."""

    def __init__(self, row, shown, only=None):
        self.row = row
        # A token comes from the browser: names that no form of ours writes are left out.
        self.seen = {name: value for name, value in parse_qsl(shown) if _is_content(type(row), name)}
        values = content(row) if only is None else own(row)
        self.now = {name: values[name] for name in values if only is None or name in only}

    @cached_property
    def changed(self):
        """The names of what is different now, belongings that came and went included."""
        digests = {name: digest(value) for name, value in self.now.items()}
        return [name for name in {**self.now, **self.seen} if digests.get(name) != self.seen.get(name)]

    def untouched(self, name, value):
        """Whether a value that is sent is the one that was shown."""
        return digest(value) == self.seen.get(name)

    def differences(self, yours=None):
        """In words, with who and when. yours: the values that are sent, by name; without them nothing is said of it."""
        yours = yours or {}
        model = type(self.row)
        changed = self.changed
        names = Names(model, [self.now, yours])
        who = last_changes(self.row, changed)
        return [self._difference(model, name, names, yours, *who.get(name, ("", None))) for name in changed]

    def _difference(self, model, name, names, yours, who, when):
        theirs = in_words(model, name, self.now.get(name), names)
        mine = in_words(model, name, yours[name], names) if name in yours else theirs
        touched = name in yours and not self.untouched(name, yours[name])
        kept = "yours" if touched else "theirs"
        return Difference(name, label(model, name), theirs, mine, who, when, kept)


def _is_content(model, name):
    """Whether sessions.content gives a row of this model a value by this name."""
    relation, dot, _key = name.partition(".")
    if dot:
        return relation in belongings(model)
    return name in {field.name for field in (*columns(model), *ties(model))}


def token(row):
    """Of what a stored row says now. Take it before what the page shows is read: then it is never too new."""
    return token_of(content(row))


def token_of(values):
    return urlencode({name: digest(value) for name, value in values.items()})


def lock(model, *keys):
    """Let nobody else change these rows until the transaction ends."""
    list(model._base_manager.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk").values_list("pk"))


def in_a_sentence(difference):
    """For where there is no room to put the two side by side."""
    words = {
        "field": difference.label,
        "theirs": difference.theirs or _("(empty)"),
        "yours": difference.yours or _("(empty)"),
        "who": difference.who or _("Somebody"),
    }
    return _("%(who)s changed “%(field)s” to “%(theirs)s”; you have “%(yours)s”. Save again to keep yours.") % words


def locked(model, key, shown):
    """The row to change, locked. Within a transaction. Raises StaleEdit where it is not what the token was made of,
    and the model's DoesNotExist where it is deleted."""
    lock(model, key)
    row = model._base_manager.get(pk=key)
    meanwhile = Meanwhile(row, shown)
    if meanwhile.changed:
        raise StaleEdit(row, meanwhile.differences(), token_of(meanwhile.now))
    return row
