from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError, models, transaction
from django.http import Http404
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from conference.core.edit_conflicts import get_locked_if_unchanged, lock_rows
from conference.core.translations import tracks_stale
from conference.core.versioning.formatting import RelatedNames
from conference.core.versioning.snapshot import child_relations, editable_fields, m2m_fields, take_snapshot
from conference.core.versioning.timeline import get_revisions, get_snapshot_before_delete

REVERT_REASON, RESTORE_REASON = "revert", "restore"


class RevertError(Exception):
    """A row cannot be put back; sentences say why."""

    def __init__(self, sentences):
        super().__init__(*sentences)
        self.reasons = sentences


def get_deleted_records(model):
    """The last record of each row that is deleted now, the latest first."""
    key = model._meta.pk.name
    removals = model.history.filter(history_type="-")
    later = removals.filter(**{key: models.OuterRef(key)}, history_id__gt=models.OuterRef("history_id"))
    exists = model._base_manager.filter(pk=models.OuterRef(key))
    found = removals.filter(~models.Exists(later), ~models.Exists(exists)).select_related("history_user")
    return found.order_by("-history_date", "-history_id")


@transaction.atomic
def revert_object(model, key, moment, shown):
    """Give a row the content it had after the entry of that key. Raises StaleEdit, Refused, or Http404."""
    row = get_locked_if_unchanged(model, key, shown)
    entry = get_revision_or_404(model, key, moment)
    apply_snapshot(
        row,
        entry.after,
        reason=f"{REVERT_REASON} {moment}",
        stale=get_stale_translations_at(model, key, entry.timestamp),
    )
    return row


@transaction.atomic
def restore_object(model, key):
    """Bring a deleted row back with its key and what belonged to it. Raises Refused, or Http404."""
    lock_rows(model, key)
    values = get_snapshot_before_delete(model, key)
    if values is None or model._base_manager.filter(pk=key).exists():
        raise Http404
    row = model(pk=model._meta.pk.to_python(key))
    apply_snapshot(row, values, reason=RESTORE_REASON, stale=get_stale_translations_at(model, key, timezone.now()))
    return row


def apply_snapshot(row, values, *, reason, stale=()):
    """Make a row, new or stored, say this content (see sessions.content), by saving it and what belongs to it. Raises
    Refused; then nothing is changed, if the caller's transaction is taken back."""
    check_targets_exist(type(row), values)
    assign_fields(row, values, reason)
    if tracks_stale(type(row)):
        row.stale = list(stale)
    try:
        clean_and_save(row)
        restore_m2m(row, values)
        restore_children(row, values, reason)
    except ValidationError as error:
        raise RevertError(format_validation_error(type(row), error)) from error
    except (models.ProtectedError, DatabaseError) as error:
        raise RevertError([_("The database rejects it: it conflicts with another entry.")]) from error


def check_targets_exist(model, values):
    """Pictures apart, which are swept once nothing needs them: a row is put back without one that is gone."""
    names = RelatedNames(model, [values])
    gone = [
        names.get_name(key) or str(key)
        for target, keys in names.targets.items()
        if hasattr(target, "history")
        for key in keys - {str(key) for key in target._base_manager.filter(pk__in=keys).values_list("pk", flat=True)}
    ]
    if gone:
        raise RevertError([_("It requires “%(name)s”. Restore that first.") % {"name": name} for name in gone])


def assign_fields(row, values, reason):
    for field in editable_fields(type(row)):
        if field.name in values and not is_missing_target(field, values[field.name]):
            setattr(row, field.attname, field.to_python(values[field.name]))
    row._change_reason = reason


def is_missing_target(field, key):
    if not field.is_relation or hasattr(field.related_model, "history") or key is None:
        return False
    return not field.related_model._base_manager.filter(pk=key).exists()


def find_missing_targets(model, values):
    """The names of what a row is put back without: pictures that are gone."""
    return [field.name for field in editable_fields(model) if is_missing_target(field, values.get(field.name))]


def clean_and_save(row):
    row.full_clean()
    row.save()


def restore_m2m(row, values):
    for tie in m2m_fields(type(row)):
        getattr(row, tie.name).set(values.get(tie.name, []))


def restore_children(row, values, reason):
    """What is too much goes first, so that what comes back finds its place free."""
    for name, parent in child_relations(type(row)).items():
        wanted = {key.partition(".")[2]: value for key, value in values.items() if key.startswith(f"{name}.")}
        there = {str(part.pk): part for part in parent.model._base_manager.filter(**{parent.name: row})}
        for key in there.keys() - wanted.keys():
            there[key].delete()
        now = take_snapshot(row)
        for key, value in wanted.items():
            if now.get(f"{name}.{key}") != value:
                part = there.get(key) or parent.model(pk=parent.model._meta.pk.to_python(key))
                setattr(part, parent.name, row)
                assign_fields(part, value, reason)
                clean_and_save(part)


def format_validation_error(model, error):
    """What validation says, each with the field it is about."""
    if not hasattr(error, "error_dict"):
        return list(error.messages)
    found = []
    for name, sentences in error.message_dict.items():
        field = None if name == NON_FIELD_ERRORS else next((f for f in model._meta.fields if f.name == name), None)
        found += [add_field_label(field, sentence) for sentence in sentences]
    return found


def add_field_label(field, sentence):
    if field is None:
        return sentence
    return _("%(field)s: %(reason)s") % {"field": capfirst(field.verbose_name), "reason": sentence}


def get_stale_translations_at(model, key, when):
    if not tracks_stale(model):
        return []
    found = model.history.filter(**{model._meta.pk.name: key}, history_date__lte=when).exclude(history_type="-").first()
    return found.stale if found else []


def get_revision_or_404(model, key, moment):
    entry = next((entry for entry in get_revisions(model, key) if entry.key == moment), None)
    if entry is None or entry.after is None:
        raise Http404
    return entry
