"""Letters at the organizers' desk: what was written to whom and what became of it; and how letters are worded."""

import re

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from sessions.editing import EditingAdmin, EditingForm, both
from sessions.text import LANGUAGES

from . import posting
from .kinds import ACCOUNT, KINDS, placeholders
from .letters import compose, own_wording, sample_values
from .models import Letter, LetterText
from .reading import shown
from .wording import unknown

WORDS = [*both("subject"), *both("body")]
OWN_WORDING = "_own_wording"
# A placeholder where a link leads to: only an address can stand there.
LINKED = re.compile(r"\]\([^)\n]*\{([a-z_]+)\}[^)\n]*\)")


class KindFilter(admin.SimpleListFilter):
    title, parameter_name = _("kind"), "kind"

    def lookups(self, request, model_admin):
        return [*KINDS.items(), (ACCOUNT, _("About an account"))]

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Letter)
class LetterAdmin(admin.ModelAdmin):
    list_display = ["created_at", "to", "kind_in_words", "state", "tries", "error_in_words"]
    list_filter = ["state", KindFilter]
    search_fields = ["to"]
    actions = ["send_again"]
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": ["to", "kind_in_words", "language", "subject"]}),
        (
            _("What became of it"),
            {"fields": ["state", "created_at", "sent_at", "tries", "next_try_at", "error_in_words"]},
        ),
        (_("What it says"), {"fields": ["as_text", "as_html", "calendar_file"]}),
    ]

    def get_queryset(self, request):
        letters = super().get_queryset(request)
        # The list shows nothing of what they say.
        return letters if request.resolver_match.kwargs else letters.defer("text", "html", "calendar")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_resend_permission(self, request):
        return request.user.has_perm("registration.resend")

    @admin.action(description=_("Send again"), permissions=["resend"])
    def send_again(self, request, queryset):
        chosen, sent = queryset.count(), posting.send_again(Letter.objects.filter(pk__in=queryset.values("pk")))
        if sent:
            words = ngettext("%(n)s letter is sent again.", "%(n)s letters are sent again.", sent)
            messages.success(request, words % {"n": sent})
        if left := chosen - sent:
            words = ngettext(
                "%(n)s letter is not: it waits to be sent anyway, or its text is wiped because it held a code.",
                "%(n)s letters are not: they wait to be sent anyway, or their text is wiped because it held a code.",
                left,
            )
            messages.warning(request, words % {"n": left})

    @admin.display(description=_("kind"), ordering="kind")
    def kind_in_words(self, letter):
        return KINDS.get(letter.kind, _("About an account"))

    @admin.display(description=_("error"))
    def error_in_words(self, letter):
        # What we say ourselves is translated; what a mail server says is not.
        return gettext(letter.error) if letter.error else "-"

    @admin.display(description=_("as text"))
    def as_text(self, letter):
        return _shown(letter, text=letter.text)

    @admin.display(description=_("as HTML"))
    def as_html(self, letter):
        return _shown(letter, html=shown(letter.html, links=False))

    @admin.display(description=_("calendar file"))
    def calendar_file(self, letter):
        return _shown(letter, text=letter.calendar)


def _shown(letter, **what):
    if letter.is_secret:
        return gettext("It holds a code or a link that opens an account, and is not shown.")
    return render_to_string("admin/registration/letter/_words.html", what | {"language": letter.language})


class LetterTextForm(EditingForm):
    """Shows the site's own words where organizers wrote none, and keeps them empty as long as they stay so."""

    class Meta:
        model = LetterText
        fields = WORDS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.own = _own_words(self.instance.kind)
        for name in WORDS:
            if name in self.fields:
                self.fields[name].required = False
                self.initial[name] = getattr(self.instance, name) or self.own[name]

    def clean(self):
        data = super().clean()
        if OWN_WORDING in self.data:
            return data | dict.fromkeys(WORDS, "")
        for name in WORDS:
            text = data.get(name, "")
            data[name] = "" if text == self.own[name] else text
            for message in mistakes(self.instance.kind, text):
                self.add_error(name, ValidationError(message, code="placeholder"))
        return data


def _own_words(kind):
    words = {}
    for language in LANGUAGES:
        words[f"subject_{language}"], words[f"body_{language}"] = own_wording(kind, language)
    return words


def mistakes(kind, text):
    """Sentences about what stands in braces and cannot."""
    names = placeholders(kind)
    listed = ", ".join(f"{{{name}}}" for name in names)
    for found in dict.fromkeys(unknown(text, names)):
        yield gettext("%(found)s is nothing that can be filled in. In this letter there are: %(listed)s.") % {
            "found": found,
            "listed": listed,
        }
    for name in LINKED.findall(text):
        if name in names and not name.endswith("_link"):
            yield gettext("{%(name)s} is no address, so no link can lead there.") % {"name": name}


@admin.register(LetterText)
class LetterTextAdmin(EditingAdmin):
    form = LetterTextForm
    list_display = ["__str__", "whose"]
    keeps_what_is_deleted = False
    readonly_fields = ["in_braces"]
    fieldsets = [
        (None, {"fields": [both("subject"), both("body")]}),
        (_("What is filled in"), {"fields": ["in_braces"]}),
    ]

    def get_list_display(self, request):
        return self.list_display

    def get_list_filter(self, request):
        return []

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def view_on_site(self, text):
        return None

    def get_urls(self):
        preview = self.admin_site.admin_view(self.preview_view)
        return [
            path("<int:pk>/preview/", preview, name="registration_lettertext_preview"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        """There is a row for each kind, made when somebody first looks."""
        if self.has_view_or_change_permission(request):
            there = set(LetterText.objects.values_list("kind", flat=True))
            missing = [LetterText(kind=kind) for kind in KINDS if kind not in there]
            LetterText.objects.bulk_create(missing, ignore_conflicts=True)
        return super().changelist_view(request, extra_context)

    @method_decorator(require_POST)
    def preview_view(self, request, pk):
        """The letter as typed, filled in for somebody with a hostile name; nothing is saved."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        row = LetterText.objects.filter(pk=pk).first()
        if row is None:
            raise Http404
        form = self.get_form(request, row, change=True)(request.POST, instance=row)
        previews = [_preview(row, language) for language in LANGUAGES] if form.is_valid() else []
        context = self.admin_site.each_context(request) | {
            "title": gettext("Preview: %(kind)s") % {"kind": row},
            "opts": self.opts,
            "form": form,
            "previews": previews,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/registration/lettertext/preview.html", context)

    @admin.display(description=_("wording"))
    def whose(self, text):
        return _("yours") if any(getattr(text, name) for name in WORDS) else _("the site’s own")

    @admin.display(description=_("placeholders"))
    def in_braces(self, text):
        names = placeholders(text.kind).items()
        items = format_html_join("", "<li><code>{{{}}}</code> {}</li>", names)
        return format_html("<ul>{}</ul>", items)


def _preview(row, language):
    with translation.override(language):
        words = compose(row.kind, row, sample_values(row.kind))
    return {"language": language, "subject": words.subject, "text": words.text, "html": shown(words.html, links=False)}
