"""Admin of the outgoing e-mails."""

from django.contrib import admin, messages
from django.template.loader import render_to_string
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from conference.core.admin.model_admin import SearchMixin
from conference.mail.attachments import find_attachment
from conference.mail.email_types import ACCOUNT_EMAIL_TYPE, email_type_label, email_types
from conference.mail.models import QueuedEmail
from conference.mail.outbox import requeue
from conference.mail.rendering import sanitize_email_html


class EmailTypeFilter(admin.SimpleListFilter):
    title, parameter_name = _("kind"), "email_type"

    def lookups(self, request, model_admin):
        return [*email_types.items(), (ACCOUNT_EMAIL_TYPE, email_type_label(ACCOUNT_EMAIL_TYPE))]

    def queryset(self, request, queryset):
        return queryset.filter(email_type=self.value()) if self.value() else queryset


@admin.register(QueuedEmail)
class QueuedEmailAdmin(SearchMixin):
    list_display = ["created_at", "to", "email_type_label", "status", "attempts", "error_message"]
    list_filter = ["status", EmailTypeFilter]
    search_fields = ["to"]
    actions = ["requeue_selected"]
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": ["to", "email_type_label", "language", "subject"]}),
        (
            _("Delivery"),
            {"fields": ["status", "created_at", "sent_at", "attempts", "next_attempt_at", "error_message"]},
        ),
        (_("Content"), {"fields": ["text_preview", "html_preview", "calendar_file", "attached_file"]}),
    ]

    def get_queryset(self, request):
        emails = super().get_queryset(request)
        # The list does not show the content.
        return emails if request.resolver_match.kwargs else emails.defer("text", "html", "calendar")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_resend_permission(self, request):
        return request.user.has_perm("mail.resend")

    @admin.action(description=_("Send again"), permissions=["resend"])
    def requeue_selected(self, request, queryset):
        selected, requeued = queryset.count(), requeue(QueuedEmail.objects.filter(pk__in=queryset.values("pk")))
        if requeued:
            text = ngettext("%(n)s e-mail was queued again.", "%(n)s e-mails were queued again.", requeued)
            messages.success(request, text % {"n": requeued})
        if skipped := selected - requeued:
            text = ngettext(
                "%(n)s e-mail was not queued: it is already waiting to be sent, or its text was "
                "deleted because it contained a code.",
                "%(n)s e-mails were not queued: they are already waiting to be sent, or their text "
                "was deleted because it contained a code.",
                skipped,
            )
            messages.warning(request, text % {"n": skipped})

    @admin.display(description=_("kind"), ordering="email_type")
    def email_type_label(self, email: QueuedEmail) -> str:
        return email_type_label(email.email_type)

    @admin.display(description=_("error"))
    def error_message(self, email: QueuedEmail) -> str:
        # The site's own messages have a translation; replies of mail servers have none.
        return gettext(email.error) if email.error else "-"

    @admin.display(description=_("plain text"))
    def text_preview(self, email: QueuedEmail) -> str:
        return render_email_part(email, text=email.text)

    @admin.display(description=_("HTML"))
    def html_preview(self, email: QueuedEmail) -> str:
        return render_email_part(email, html=sanitize_email_html(email.html, links=False))

    @admin.display(description=_("calendar file"))
    def calendar_file(self, email: QueuedEmail) -> str:
        return render_email_part(email, text=email.calendar)

    @admin.display(description=_("file that is made when the e-mail is sent"))
    def attached_file(self, email: QueuedEmail) -> str:
        attachment = find_attachment(email)
        return attachment.filename if attachment else "-"


def render_email_part(email: QueuedEmail, **content: str) -> str:
    """Return the given text or html for display, or a note in place of a secret e-mail."""
    if email.is_secret:
        return gettext("Not shown: it contains a code or a link that gives access to an account.")
    return render_to_string("admin/mail/queuedemail/_content.html", content | {"language": email.language})
