"""What the forms and lists of the admin share: languages side by side, addresses that fill themselves, times that name
their zone, a search that does not mind marks, marks of translations, and that nobody overwrites what somebody else has
saved meanwhile. For that, a page that saves a row by other means than these forms asks for token(row) when it shows the
row, and takes the row by locked(model, key, token) to change it."""

import uuid

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from . import translations
from .edit_conflicts import (
    ConflictCheckingFormSet,
    EditConflict,
    EditConflictError,
    get_locked_if_unchanged,
    get_version_token,
    lock_rows,
    make_version_token,
    merge_concurrent_edits,
)
from .search import accent_insensitive_search
from .slugs import free_slug
from .text import LANGUAGES
from .versioning.admin import VersionedAdminMixin

__all__ = [
    "ContentModelAdmin",
    "ContentModelForm",
    "ContentTabularInline",
    "EditConflictError",
    "MultilineCharField",
    "get_locked_if_unchanged",
    "get_version_token",
    "per_language",
]

# A text of up to so many characters is given three lines, a longer one twelve.
SHORT_TEXT_LENGTH = 1000


def per_language(name):
    """The columns of a text, one per language, for one row of a fieldset."""
    return tuple(f"{name}_{language}" for language in LANGUAGES)


class MultilineCharField(forms.CharField):
    """A text of several lines. Browsers end lines in their own way; kept so, each save would look like a change."""

    widget = AdminTextareaWidget

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")


class ContentModelForm(forms.ModelForm):
    """A form whose address (slug), left empty, is made from the title or name."""

    # Why it is not saved, where somebody else has saved the row meanwhile.
    edit_conflict = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
        add_translation_hints(self)

    def clean(self):
        data = super().clean()
        if self.edit_conflict:
            self.add_error(None, ValidationError(str(self.edit_conflict), code="stale"))
        title = data.get("title_en") or data.get("name_en")
        if title and "slug" in self.fields and not data.get("slug") and not self.has_error("slug"):
            data["slug"] = free_slug(self._meta.model, title, exclude_pk=self.instance.pk)
        return data

    def full_clean(self):
        """A file that came with what is refused has to be chosen again: browsers do not keep it."""
        super().full_clean()
        if self.is_bound and self.errors:
            for name in self.fields:
                if self.add_prefix(name) in self.files and not self.has_error(name):
                    self.add_error(
                        name, _("Please choose this file again. Files are kept only after the form is saved.")
                    )

    def validate_range(self, first, last, message):
        """Say at the field itself that an end is not after its start."""
        first, end = self.cleaned_data.get(first), self.cleaned_data.get(last)
        if first and end and end <= first:
            self.add_error(last, message)


class ContentModelAdmin(VersionedAdminMixin, admin.ModelAdmin):
    form = ContentModelForm
    formfield_overrides = {models.TextField: {"form_class": MultilineCharField}}

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return annotate_form_field(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))

    def get_list_display(self, request):
        shown = super().get_list_display(request)
        return [*shown, "translation"] if translations.get_translated_fields(self.model) else shown

    def get_list_filter(self, request):
        filters = super().get_list_filter(request)
        return [*filters, translations.TranslationFilter] if translations.get_translated_fields(self.model) else filters

    def get_deleted_objects(self, objs, request):
        """Without the links between sessions and themes: Django names them like things, and they go unnoticed."""
        rows, counts, needed, protected = super().get_deleted_objects(objs, request)
        links = [link for model in self.admin_site._registry for link in list_auto_through_models(model)]
        named = tuple(f"{capfirst(link.verbose_name)}: " for link in links)
        plurals = {link.verbose_name_plural for link in links}
        counts = {name: count for name, count in counts.items() if name not in plurals}
        return drop_named_entries(rows, named), counts, needed - {str(link.verbose_name) for link in links}, protected

    @admin.display(description=_("translation"))
    def translation(self, row):
        return translations.get_translation_status(row)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Saves only over what was shown. Otherwise the page says who changed what; what was typed stays in it, and
        the next save is meant."""
        if object_id is None:
            return super().changeform_view(request, None, form_url, extra_context)
        key = unquote(object_id)
        if request.method != "POST":
            more = {"token": self.get_version_token_for(key)} | (extra_context or {})
            return super().changeform_view(request, object_id, form_url, more)
        with transaction.atomic():
            more = (
                {"token": request.POST.get("token", "")}
                | self.merge_or_report_conflict(request, key)
                | (extra_context or {})
            )
            return super().changeform_view(request, object_id, form_url, more)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.edit_conflict = getattr(request, "edit_conflict", None)
        return form

    def save_model(self, request, obj, form, change):
        if change and translations.tracks_stale(self.model):
            obj.stale = translations.recompute_stale(form.initial, obj, request.POST.getlist("translation_is_right"))
        super().save_model(request, obj, form, change)

    def changelist_view(self, request, extra_context=None):
        """Rows that are saved in the list are held until they are."""
        if request.method != "POST" or "_save" not in request.POST:
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            lock_rows(self.model, *parse_keys(self.model, self._get_edited_object_pks(request, "form")))
            return super().changelist_view(request, extra_context)

    def get_changelist_formset(self, request, **kwargs):
        return super().get_changelist_formset(request, **{"formset": ConflictCheckingFormSet} | kwargs)

    def get_version_token_for(self, key):
        row = self.get_stored_object(key)
        return get_version_token(row) if row else ""

    def get_stored_object(self, key):
        return self.model._base_manager.filter(pk__in=parse_keys(self.model, [key])).first()

    def merge_or_report_conflict(self, request, key):
        """What the page needs to say why it is not saved, with theirs in the form where nothing was typed."""
        lock_rows(self.model, *parse_keys(self.model, [key]))
        row = self.get_stored_object(key)
        if row is None or not self.has_change_permission(request, row):
            return {}
        meanwhile = EditConflict(row, request.POST.get("token", ""))
        if not meanwhile.changed_fields:
            return {}
        form = self.build_form(request, row)
        formsets, _inlines = self._create_formsets(request, form.instance, change=True)
        request.POST, yours = merge_concurrent_edits(
            request.POST, meanwhile, form, formsets, self.build_form(request, row, shown=True)
        )
        for file in request.FILES.values():
            file.seek(0)
        request.edit_conflict = EditConflictError(
            row, meanwhile.conflicts(yours), make_version_token(meanwhile.current_values)
        )
        return {"token": request.edit_conflict.version_token, "edit_conflict": request.edit_conflict}

    def build_form(self, request, row, *, shown=False):
        fields = flatten_fieldsets(self.get_fieldsets(request, row))
        form = self.get_form(request, row, change=True, fields=fields)
        fresh = self.get_stored_object(row.pk)
        return form(instance=fresh) if shown else form(request.POST, request.FILES, instance=fresh)

    def get_search_results(self, request, queryset, search_term):
        return accent_insensitive_search(queryset, self.search_fields, search_term), False


def add_translation_hints(form):
    """Say beside a text that it is not translated, or that its translation is older than its source."""
    row = form.instance
    if row._state.adding:
        return
    for name in translations.get_missing_translations(row):
        for language in LANGUAGES:
            if not getattr(row, f"{name}_{language}").strip():
                append_help_text(form, f"{name}_{language}", format_html(MISSING_HINT, _("Translation missing")))
    for name in translations.get_stale_translations(row):
        for language in translations.TARGET_LANGUAGES:
            append_help_text(form, f"{name}_{language}", render_stale_hint(name))


MISSING_HINT = '<strong class="translation-mark missing">{}</strong>'
STALE_HINT = (
    '<strong class="translation-mark stale">{}</strong> '
    '<label class="translation-is-right"><input type="checkbox" name="translation_is_right" value="{}"> {}</label>'
)


def render_stale_hint(name):
    return format_html(
        STALE_HINT, _("Outdated: the source text has changed since."), name, _("The translation is still correct")
    )


def append_help_text(form, name, mark):
    if name in form.fields:
        form.fields[name].help_text = format_html("{} {}", mark, form.fields[name].help_text)


def parse_keys(model, keys):
    """Keys as they are kept; what cannot be one is nobody's."""
    field = model._meta.pk
    found = []
    for key in keys:
        try:
            value = field.to_python(key)
            field.run_validators(value)
        except ValidationError:
            continue
        found.append(value)
    return found


class ContentTabularInline(admin.TabularInline):
    extra = 0

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = annotate_form_field(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))
        # The head of its column is not its label to a screen reader.
        field.widget.attrs["aria-label"] = field.label
        return field


def annotate_form_field(db_field, field):
    """The form field, with its language said to spelling checkers and screen readers, or its time zone to people."""
    language = db_field.name.rpartition("_")[2]
    if language in LANGUAGES:
        field.widget.attrs["lang"] = language
    if isinstance(db_field, models.TextField):
        field.widget.attrs["rows"] = 3 if (db_field.max_length or SHORT_TEXT_LENGTH) <= SHORT_TEXT_LENGTH else 12
    if isinstance(db_field, models.DateTimeField):
        field.help_text = add_time_zone_help(field.help_text)
        label_date_and_time_inputs(field)
    return field


def label_date_and_time_inputs(field):
    """The two inputs of one field share its label, which names neither to a screen reader."""
    date, time = field.widget.widgets
    date.attrs["aria-label"] = _("%(field)s, date") % {"field": field.label}
    time.attrs["aria-label"] = _("%(field)s, time") % {"field": field.label}


def add_time_zone_help(help_text):
    zone = timezone.get_current_timezone_name()
    if not help_text:
        return _("Time in %(zone)s.") % {"zone": zone}
    return _("%(help)s Time in %(zone)s.") % {"help": help_text, "zone": zone}


def list_auto_through_models(model):
    """What joins a model's rows to others where no model of ours does."""
    joined = (field.remote_field.through._meta for field in model._meta.many_to_many)
    return [link for link in joined if link.auto_created]


def drop_named_entries(rows, named):
    """The nested list of what would be deleted, without what begins with one of these names."""
    kept = [drop_named_entries(row, named) if isinstance(row, list) else row for row in rows]
    return [row for row in kept if row != [] and not (isinstance(row, str) and row.startswith(named))]


def is_filter_lookup(filters, lookup):
    """Whether one of the filters of a list, as Django has them, may ask this."""
    named = (kind[0] if isinstance(kind, tuple) else getattr(kind, "parameter_name", kind) for kind in filters)
    return lookup.partition("__")[0] in named


class RestrictedLookupsMixin:
    """Beside ModelAdmin: a list is asked through its address for what its filters ask, and for nothing else. So nothing
    that is not shown is guessed letter by letter, and no year has twenty digits."""

    def lookup_allowed(self, lookup, value, request):
        return is_filter_lookup(self.get_list_filter(request), lookup) and super().lookup_allowed(
            lookup, value, request
        )


def is_uuid(text):
    """Whether a text can be the number of a registration."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
