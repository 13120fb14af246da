"""The past of rows at the organizers' desk: every save with who, when and what; setting a row back to how it was after
one of them; and taking a deletion back. Each of these writes the past further and never changes it."""

import datetime
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import DatabaseError, models, transaction
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from .content import belongings, columns, content, ties
from .meanwhile import StaleEdit, lock, locked, token_of
from .text import LANGUAGES
from .timeline import as_it_was_deleted, called, entries
from .translations import keeps_stale
from .values import Names, around_the_difference, in_words, label

REVERT, RESTORE = "revert", "restore"
PER_PAGE = 50


class Refused(Exception):
    """A row cannot be put back; sentences say why."""

    def __init__(self, sentences):
        super().__init__(*sentences)
        self.sentences = sentences


@dataclass(frozen=True)
class Change:
    """One field before and after, in words. language is that of its text, or empty."""

    label: str
    before: str
    after: str
    language: str = ""


@dataclass(frozen=True)
class Shown:
    """One entry of a timeline as a page shows it. key, where the row can be set back to it, else None."""

    who: str
    when: datetime.datetime
    what: str
    changes: list
    key: int | None = None


def changes_in_words(model, before, after, names):
    """What differs between two contents, in the order of the model's fields."""
    changed = [name for name in {**after, **before} if before.get(name) != after.get(name)]
    return [_change(model, name, before.get(name), after.get(name), names) for name in changed]


def _change(model, name, before, after, names):
    words = around_the_difference(in_words(model, name, before, names), in_words(model, name, after, names))
    language = name.rpartition("_")[2]
    return Change(label(model, name), *words, language if language in LANGUAGES else "")


def deleted(model):
    """The last record of each row that is deleted now, the latest first."""
    key = model._meta.pk.name
    removals = model.history.filter(history_type="-")
    later = removals.filter(**{key: models.OuterRef(key)}, history_id__gt=models.OuterRef("history_id"))
    exists = model._base_manager.filter(pk=models.OuterRef(key))
    found = removals.filter(~models.Exists(later), ~models.Exists(exists)).select_related("history_user")
    return found.order_by("-history_date", "-history_id")


@transaction.atomic
def set_back(model, key, moment, shown):
    """Give a row the content it had after the entry of that key. Raises StaleEdit, Refused, or Http404."""
    row = locked(model, key, shown)
    entry = _entry(model, key, moment)
    put_back(row, entry.after, reason=f"{REVERT} {moment}", stale=_stale_at(model, key, entry.when))
    return row


@transaction.atomic
def restore(model, key):
    """Bring a deleted row back with its key and what belonged to it. Raises Refused, or Http404."""
    lock(model, key)
    values = as_it_was_deleted(model, key)
    if values is None or model._base_manager.filter(pk=key).exists():
        raise Http404
    row = model(pk=model._meta.pk.to_python(key))
    put_back(row, values, reason=RESTORE, stale=_stale_at(model, key, timezone.now()))
    return row


def put_back(row, values, *, reason, stale=()):
    """Make a row, new or stored, say this content (see sessions.content), by saving it and what belongs to it. Raises
    Refused; then nothing is changed, if the caller's transaction is taken back."""
    _refuse_what_is_gone(type(row), values)
    _fill(row, values, reason)
    if keeps_stale(type(row)):
        row.stale = list(stale)
    try:
        _save(row)
        _put_ties_back(row, values)
        _put_belongings_back(row, values, reason)
    except ValidationError as error:
        raise Refused(_sentences(type(row), error)) from error
    except (models.ProtectedError, DatabaseError) as error:
        raise Refused([_("The database refuses it: another row stands in its way.")]) from error


def _refuse_what_is_gone(model, values):
    """Pictures apart, which are swept once nothing needs them: a row is put back without one that is gone."""
    names = Names(model, [values])
    gone = [
        names.of(key) or str(key)
        for target, keys in names.targets.items()
        if hasattr(target, "history")
        for key in keys - {str(key) for key in target._base_manager.filter(pk__in=keys).values_list("pk", flat=True)}
    ]
    if gone:
        raise Refused([_("It needs “%(name)s”. Restore that first.") % {"name": name} for name in gone])


def _fill(row, values, reason):
    for field in columns(type(row)):
        if field.name in values and not _is_swept(field, values[field.name]):
            setattr(row, field.attname, field.to_python(values[field.name]))
    row._change_reason = reason


def _is_swept(field, key):
    if not field.is_relation or hasattr(field.related_model, "history") or key is None:
        return False
    return not field.related_model._base_manager.filter(pk=key).exists()


def swept(model, values):
    """The names of what a row is put back without: pictures that are gone."""
    return [field.name for field in columns(model) if _is_swept(field, values.get(field.name))]


def _left_out(model, names):
    sentence = _("“%(field)s” is not brought back: the picture was deleted when nothing needed it any more.")
    return [sentence % {"field": label(model, name)} for name in names]


def _save(row):
    row.full_clean()
    row.save()


def _put_ties_back(row, values):
    for tie in ties(type(row)):
        getattr(row, tie.name).set(values.get(tie.name, []))


def _put_belongings_back(row, values, reason):
    """What is too much goes first, so that what comes back finds its place free."""
    for name, parent in belongings(type(row)).items():
        wanted = {key.partition(".")[2]: value for key, value in values.items() if key.startswith(f"{name}.")}
        there = {str(part.pk): part for part in parent.model._base_manager.filter(**{parent.name: row})}
        for key in there.keys() - wanted.keys():
            there[key].delete()
        now = content(row)
        for key, value in wanted.items():
            if now.get(f"{name}.{key}") != value:
                part = there.get(key) or parent.model(pk=parent.model._meta.pk.to_python(key))
                setattr(part, parent.name, row)
                _fill(part, value, reason)
                _save(part)


def _sentences(model, error):
    """What validation says, each with the field it is about."""
    if not hasattr(error, "error_dict"):
        return list(error.messages)
    found = []
    for name, sentences in error.message_dict.items():
        field = None if name == NON_FIELD_ERRORS else next((f for f in model._meta.fields if f.name == name), None)
        found += [_said(field, sentence) for sentence in sentences]
    return found


def _said(field, sentence):
    if field is None:
        return sentence
    return _("%(field)s: %(reason)s") % {"field": capfirst(field.verbose_name), "reason": sentence}


def _stale_at(model, key, when):
    if not keeps_stale(model):
        return []
    found = model.history.filter(**{model._meta.pk.name: key}, history_date__lte=when).exclude(history_type="-").first()
    return found.stale if found else []


def _entry(model, key, moment):
    entry = next((entry for entry in entries(model, key) if entry.key == moment), None)
    if entry is None or entry.after is None:
        raise Http404
    return entry


class HistoryAdmin:
    """Beside ModelAdmin: pages for the past of a row, for setting it back, and for what was deleted."""

    # Asked by the template of the list, which is also that of models without a past.
    keeps_what_is_deleted = True

    def get_urls(self):
        name, page = f"{self.opts.app_label}_{self.opts.model_name}", self.admin_site.admin_view
        return [
            path("deleted/", page(self.deleted_view), name=f"{name}_deleted"),
            path("deleted/<path:object_id>/", page(self.restore_view), name=f"{name}_restore"),
            path("<path:object_id>/history/<int:moment>/", page(self.revert_view), name=f"{name}_revert"),
            *super().get_urls(),
        ]

    @method_decorator(require_http_methods(["GET", "HEAD"]))
    def history_view(self, request, object_id, extra_context=None):
        """Every save of a row, the latest first."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        page = Paginator(entries(self.model, row.pk)[::-1], PER_PAGE).get_page(request.GET.get("p"))
        context = {
            "title": _("History of “%(row)s”") % {"row": row},
            "object": row,
            "page": page,
            "timeline": self._timeline(page, content(row), may_change=self.has_change_permission(request, row)),
        }
        return self._render(request, "history", context | (extra_context or {}))

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def revert_view(self, request, object_id, moment):
        """What setting a row back would change, and on a POST from that very page, setting it back."""
        row = self.model._base_manager.filter(pk=self._key(object_id)).first()
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row) or not self._may_touch_belongings(request):
            raise PermissionDenied(gettext_lazy("Only those who may change this can set it back."))
        refusals, meanwhile = [], False
        if request.method == "POST":
            try:
                set_back(self.model, row.pk, moment, request.POST.get("token", ""))
            except StaleEdit:
                meanwhile = True
            except Refused as refused:
                refusals = refused.sentences
            else:
                messages.success(request, _("“%(row)s” is set back.") % {"row": row})
                return redirect(self._url("history", row.pk))
        now, entry = content(row), _entry(self.model, row.pk, moment)
        gone = swept(self.model, entry.after)
        then = entry.after | {name: now[name] for name in gone}
        names = Names(self.model, [now, then])
        context = {
            "title": _("Set “%(row)s” back") % {"row": row},
            "object": row,
            "entry": Shown(called(entry.who), entry.when, "", []),
            "changes": changes_in_words(self.model, now, then, names),
            "left_out": _left_out(self.model, gone),
            "token": token_of(now),
            "refusals": refusals,
            "changed_meanwhile": meanwhile,
        }
        return self._render(request, "revert", context, status=409 if meanwhile or refusals else 200)

    @method_decorator(require_http_methods(["GET", "HEAD"]))
    def deleted_view(self, request):
        """The rows that were deleted and can be brought back."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        page = Paginator(deleted(self.model), PER_PAGE).get_page(request.GET.get("p"))
        rows = [
            {"name": str(record.instance), "who": called(record.history_user), "when": record.history_date,
             "url": self._url("restore", record.instance.pk)}
            for record in page
        ]  # fmt: skip
        context = {
            "title": _("Deleted %(rows)s") % {"rows": self.opts.verbose_name_plural},
            "page": page,
            "rows": rows,
            "may_restore": self.has_add_permission(request) and self._may_touch_belongings(request),
        }
        return self._render(request, "deleted", context)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def restore_view(self, request, object_id):
        """What a deleted row said, and on a POST, bringing it back."""
        if not self.has_add_permission(request) or not self._may_touch_belongings(request):
            raise PermissionDenied(gettext_lazy("Only those who may add this can bring it back."))
        key, refusals = self._key(object_id), []
        if request.method == "POST":
            try:
                row = restore(self.model, key)
            except Refused as refused:
                refusals = refused.sentences
            else:
                messages.success(request, _("“%(row)s” is back.") % {"row": row})
                return redirect(self._url("change", row.pk))
        record = deleted(self.model).filter(**{self.opts.pk.name: key}).first()
        if record is None:
            raise Http404
        values = as_it_was_deleted(self.model, key)
        gone = swept(self.model, values)
        values = {name: value for name, value in values.items() if name not in gone}
        context = {
            "title": _("Restore “%(row)s”") % {"row": record.instance},
            "who": called(record.history_user),
            "when": record.history_date,
            "said": [
                change
                for change in changes_in_words(self.model, {}, values, Names(self.model, [values]))
                if change.after
            ],
            "left_out": _left_out(self.model, gone),
            "refusals": refusals,
        }
        return self._render(request, "restore", context, status=409 if refusals else 200)

    def _timeline(self, page, now, *, may_change):
        contents = [values for entry in page for values in (entry.before, entry.after) if values]
        names = Names(self.model, contents)
        return [self._shown(entry, now, names, may_change) for entry in page]

    def _shown(self, entry, now, names, may_change):
        before, after = entry.before, entry.after
        changes = changes_in_words(self.model, before, after, names) if before is not None and after is not None else []
        can_be_set_back = may_change and after is not None and after != now
        return Shown(called(entry.who), entry.when, _what(entry), changes, entry.key if can_be_set_back else None)

    def _may_touch_belongings(self, request):
        """A row goes back with what belongs to it, so it takes the right to change that as well."""
        return all(
            request.user.has_perm(f"{field.model._meta.app_label}.{action}_{field.model._meta.model_name}")
            for field in belongings(self.model).values()
            for action in ("add", "change", "delete")
        )

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """To where it can be brought back, if it is deleted: then a form that was open goes on from where it was."""
        try:
            key = self._key(object_id)
        except Http404:
            key = None
        if not self.has_add_permission(request) or not deleted(self.model).filter(**{opts.pk.name: key}).exists():
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)
        if request.method == "POST":
            words = _("Nothing was saved: somebody has deleted this. Restore it, go back to your form and save again.")
            messages.warning(request, words)
        return redirect(self._url("restore", key))

    def _key(self, object_id):
        try:
            return self.opts.pk.to_python(unquote(object_id))
        except (ValidationError, ValueError) as error:
            raise Http404 from error

    def _url(self, page, *keys):
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=[quote(key) for key in keys])

    def _render(self, request, page, context, status=200):
        context = self.admin_site.each_context(request) | {"opts": self.opts} | context
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/history/{page}.html", context, status=status)


def _what(entry):
    """What was done, in a sentence."""
    verb, _space, moment = entry.reason.partition(" ")
    if entry.reason == RESTORE:
        return _("Restored after it was deleted")
    if verb == REVERT and moment.isdigit():
        when = timezone.localtime(datetime.datetime.fromtimestamp(int(moment) / 1_000_000, datetime.UTC))
        return _("Set back to how it was on %(when)s") % {"when": date_format(when, "DATETIME_FORMAT")}
    if entry.reason:
        return entry.reason
    kinds = {"+": _("Created"), "-": _("Deleted"), "~": _("Changed")}
    return _("First recorded") if entry.kind == "~" and entry.before is None else kinds[entry.kind]
