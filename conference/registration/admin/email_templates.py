"""Letters at the organizers' desk: what was written to whom and what became of it; and how letters are worded."""

import re

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from conference.core.admin import ContentModelAdmin, ContentModelForm, per_language
from conference.core.text import LANGUAGES
from conference.mail.models import EmailTemplate
from conference.mail.rendering import sanitize_email_html, unknown_placeholders

from ..email_types import EMAIL_TYPES, placeholders_for
from ..emails import default_template, preview_context, render_email

TEXT_FIELDS = [*per_language("subject"), *per_language("body")]
RESET_PARAMETER = "_own_wording"
# A placeholder where a link leads to: only an address can stand there.
PLACEHOLDER_IN_LINK = re.compile(r"\]\([^)\n]*\{([a-z_]+)\}[^)\n]*\)")


class EmailTemplateForm(ContentModelForm):
    """Shows the site's own words where organizers wrote none, and keeps them empty as long as they stay so."""

    class Meta:
        model = EmailTemplate
        fields = TEXT_FIELDS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.default_texts = default_texts(self.instance.email_type)
        for name in TEXT_FIELDS:
            if name in self.fields:
                self.fields[name].required = False
                self.initial[name] = getattr(self.instance, name) or self.default_texts[name]

    def clean(self):
        data = super().clean()
        if RESET_PARAMETER in self.data:
            return data | dict.fromkeys(TEXT_FIELDS, "")
        for name in TEXT_FIELDS:
            text = data.get(name, "")
            data[name] = "" if text == self.default_texts[name] else text
            for message in placeholder_errors(self.instance.email_type, text):
                self.add_error(name, ValidationError(message, code="placeholder"))
        return data


def default_texts(kind):
    words = {}
    for language in LANGUAGES:
        words[f"subject_{language}"], words[f"body_{language}"] = default_template(kind, language)
    return words


def placeholder_errors(kind, text):
    """Sentences about what stands in braces and cannot."""
    names = placeholders_for(kind)
    listed = ", ".join(f"{{{name}}}" for name in names)
    for found in dict.fromkeys(unknown_placeholders(text, names)):
        yield gettext("%(found)s is not a valid placeholder. Placeholders in this e-mail: %(listed)s.") % {
            "found": found,
            "listed": listed,
        }
    for name in PLACEHOLDER_IN_LINK.findall(text):
        if name in names and not name.endswith("_link"):
            yield gettext("{%(name)s} is not a web address and cannot be used as a link.") % {"name": name}


@admin.register(EmailTemplate)
class EmailTemplateAdmin(ContentModelAdmin):
    form = EmailTemplateForm
    list_display = ["__str__", "is_customized"]
    keeps_what_is_deleted = False
    readonly_fields = ["available_placeholders"]
    fieldsets = [
        (None, {"fields": [per_language("subject"), per_language("body")]}),
        (_("Placeholders"), {"fields": ["available_placeholders"]}),
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
            path("<int:pk>/preview/", preview, name="mail_emailtemplate_preview"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        """There is a row for each kind, made when somebody first looks."""
        if self.has_view_or_change_permission(request):
            there = set(EmailTemplate.objects.values_list("kind", flat=True))
            missing = [EmailTemplate(email_type=kind) for kind in EMAIL_TYPES if kind not in there]
            EmailTemplate.objects.bulk_create(missing, ignore_conflicts=True)
        return super().changelist_view(request, extra_context)

    @method_decorator(require_POST)
    def preview_view(self, request, pk):
        """The letter as typed, filled in for somebody with a hostile name; nothing is saved."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        row = EmailTemplate.objects.filter(pk=pk).first()
        if row is None:
            raise Http404
        form = self.get_form(request, row, change=True)(request.POST, instance=row)
        previews = [render_preview(row, language) for language in LANGUAGES] if form.is_valid() else []
        context = self.admin_site.each_context(request) | {
            "title": gettext("Preview: %(kind)s") % {"kind": row},
            "opts": self.opts,
            "form": form,
            "previews": previews,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/mail/emailtemplate/preview.html", context)

    @admin.display(description=_("text source"))
    def is_customized(self, text):
        return _("customized") if any(getattr(text, name) for name in TEXT_FIELDS) else _("default")

    @admin.display(description=_("placeholders"))
    def available_placeholders(self, text):
        names = placeholders_for(text.email_type).items()
        items = format_html_join("", "<li><code>{{{}}}</code> {}</li>", names)
        return format_html("<ul>{}</ul>", items)


def render_preview(row, language):
    with translation.override(language):
        words = render_email(row.email_type, row, preview_context(row.email_type))
    return {
        "language": language,
        "subject": words.subject,
        "text": words.text,
        "html": sanitize_email_html(words.html, links=False),
    }
