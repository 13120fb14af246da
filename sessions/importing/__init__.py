"""From tables to the editing tables: read, match, check everything, say what would be different, and only then save.

A row is known by its id, else by its slug, else by the slug that its title makes. Columns that a table does not have
stay as they are. Either every row is right and all are saved in one transaction, or nothing is.

Nobody waits while a file is read and checked: that is done in memory, on the tables as they were at one moment. What is
then saved is saved only if they are still the same.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from ..differences import differences
from ..tables import TABLES
from . import contents, stored
from .belongings import OWNERS, match_belongings
from .filling import fill
from .matching import match
from .plan import UNIQUE, Plan
from .problems import ChangedMeanwhile, Problem, Refused
from .refusing import refuse
from .saving import save
from .tallying import Tally, after, tally

__all__ = ["ChangedMeanwhile", "Outcome", "Problem", "Refused", "Tally", "carry_out", "rehearse"]


@dataclass(frozen=True)
class Outcome:
    """digest is of all that this follows from."""

    tallies: list
    digest: str
    found: stored.Stored
    plan: Plan

    @property
    def is_empty(self):
        return not any(tally.new or tally.changed or tally.deleted for tally in self.tallies)

    @cached_property
    def changes(self):
        """As in sessions.differences, of the draft before and after."""
        return differences(self.found.drafted(), stored.document(self.found.conference, *after(self.plan)))


def rehearse(data, *, delete_missing=False):
    """What importing this file would do; nothing is written. Raises Refused and Conference.DoesNotExist."""
    return _outcome(data, contents.read(data), stored.read(), delete_missing)


def carry_out(data, *, delete_missing=False, digest=None):
    """Import this file, if that does what the digest was made of. Raises Refused, ChangedMeanwhile and
    Conference.DoesNotExist."""
    content, found = contents.read(data), stored.read()
    if digest is not None and digest != _digest(data, delete_missing, found):
        raise ChangedMeanwhile
    outcome = _outcome(data, content, found, delete_missing)
    with transaction.atomic():
        if not found.is_current():
            if digest is not None:
                raise ChangedMeanwhile
            outcome = _outcome(data, contents.read(data), stored.read(), delete_missing)
        _save(outcome.plan)
    return outcome


def _outcome(data, content, found, delete_missing):
    plan = Plan(content, found, delete_missing)
    for table in UNIQUE:
        match(plan, table)
    for table in UNIQUE:
        fill(plan, table)
    for table in OWNERS:
        match_belongings(plan, table)
    refuse(plan)
    tallies = [tally(plan, table) for table in TABLES if table in plan.contents]
    return Outcome(tallies, _digest(data, delete_missing, found), found, plan)


def _digest(data, delete_missing, found):
    facts = [hashlib.sha256(data).hexdigest(), delete_missing, found.digest]
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _save(plan):
    try:
        with transaction.atomic():
            save(plan)
    except (IntegrityError, ProtectedError, RestrictedError) as error:
        raise Refused([Problem(_("The database refuses it: another row stands in its way."))]) from error
