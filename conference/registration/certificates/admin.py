"""Admin of the certificates: the list, who signs them, and sending them after the event."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conference.core.admin.model_admin import ContentModelAdmin, RestrictedLookupsMixin, per_language
from conference.core.http import make_pdf_response
from conference.core.search import accent_insensitive_search
from conference.mail.models import EmailTemplate

from ..admin.base import READ_METHODS, admin_path, render_admin_page
from ..admin.email_templates import render_previews
from ..formatting import conference_days
from ..models import AttendedDay, Certificate, CertificateSettings, Mode, Registration, attended_days
from . import sending
from .codes import CODE_LENGTH, normalize_certificate_code
from .wording import list_days

SAMPLE_NAME = "Nguyễn Thị Ánh Tuyết"
# Names on the page of people without a confirmed e-mail address.
MAX_NAMES = 100


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple]:
        return [
            ("sent", gettext_lazy("Sent")),
            ("not_sent", gettext_lazy("Not sent")),
            ("replaced", gettext_lazy("Replaced")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "sent":
                return queryset.filter(revoked_at=None, sent_at__isnull=False)
            case "not_sent":
                return queryset.filter(revoked_at=None, sent_at=None)
            case "replaced":
                return queryset.filter(revoked_at__isnull=False)
        return queryset


@admin.register(Certificate)
class CertificateAdmin(RestrictedLookupsMixin, admin.ModelAdmin):
    """Read-only list of the certificates that were issued, with the pages that preview and send them."""

    change_list_template = "admin/registration/certificate/change_list.html"
    list_display = ["name", "days_list", "issued_at", "sent_at", "revoked_at"]
    list_filter = [StateFilter]
    search_fields = ["name"]
    list_per_page = 50
    fields = ["name", "formatted_code", "days_list", "issued_at", "sent_at", "revoked_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Certificate | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Certificate | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        return [
            admin_path(self, "send/", send_view, "send"),
            admin_path(self, "preview.pdf", preview_view, "preview", READ_METHODS),
            admin_path(self, "print/", print_view, "print", ("POST",)),
            *super().get_urls(),
        ]

    def get_search_results(self, request, queryset, search_term) -> tuple[QuerySet[Certificate], bool]:
        if code := normalize_certificate_code(search_term):
            return queryset.filter(code=code), False
        return accent_insensitive_search(queryset, self.search_fields, search_term), False

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        context = {"title": capfirst(self.opts.verbose_name_plural), "can_send": can_send(request)}
        return super().changelist_view(request, context | (extra_context or {}))

    @admin.display(description=gettext_lazy("code"))
    def formatted_code(self, certificate: Certificate) -> str:
        return str(certificate)

    @admin.display(description=gettext_lazy("days of attendance"))
    def days_list(self, certificate: Certificate) -> str:
        return format_html_join("", "{}<br>", ((line,) for line in list_days(certificate.attended_days)))


@admin.register(CertificateSettings)
class CertificateSettingsAdmin(ContentModelAdmin):
    fields = [
        *("signatory_name", per_language("signatory_title")),
        *("second_name", per_language("second_title")),
    ]
    can_restore_deleted = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CertificateSettings | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Redirect to the form of the only row, and create it if it is missing."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        CertificateSettings.objects.get_or_create(pk=1)
        return redirect("admin:registration_certificatesettings_change", 1)


def can_send(request: HttpRequest) -> bool:
    return request.user.has_perm("registration.send_certificates")


def require_permission_to_send(request: HttpRequest) -> None:
    if not can_send(request):
        raise PermissionDenied(_("You do not have permission to send certificates."))


def send_view(model_admin: CertificateAdmin, request: HttpRequest) -> HttpResponse:
    """Show how many certificates are due and the e-mail; a POST sends those that are due, again and again."""
    require_permission_to_send(request)
    is_over = sending.is_event_over()
    if request.method == "POST" and is_over:
        number = sending.send_due_certificates()
        message = ngettext("%(n)d e-mail is on its way.", "%(n)d e-mails are on their way.", number) % {"n": number}
        messages.success(request, message)
        return redirect("admin:registration_certificate_send")
    queue = sending.load_queue()
    template, _created = EmailTemplate.objects.get_or_create(email_type="certificate")
    unreachable = Registration.objects.filter(pk__in=queue.unreachable[:MAX_NAMES]).order_by("passport_name", "pk")
    context = {
        "title": _("Send certificates"),
        "queue": queue,
        "is_over": is_over,
        "unreachable": unreachable,
        "hidden_names": max(0, len(queue.unreachable) - MAX_NAMES),
        "settings": CertificateSettings.load(),
        "can_change_settings": request.user.has_perm("registration.change_certificatesettings"),
        "template": template if request.user.has_perm("mail.change_emailtemplate") else None,
        "previews": render_previews(template),
    }
    return render_admin_page(model_admin, request, "admin/registration/certificate/send.html", context)


def preview_view(model_admin: CertificateAdmin, request: HttpRequest) -> HttpResponse:
    """Return the certificate of the first person who is due, or of a fictional one, without issuing it."""
    require_permission_to_send(request)
    queue = sending.load_queue()
    registration = Registration.objects.filter(pk__in=[*queue.due, *queue.sent][:1]).first()
    name = registration.passport_name if registration else SAMPLE_NAME
    days = attended_days(registration) if registration else sample_days()
    # A code that no certificate has.
    certificate = Certificate(
        code="0" * CODE_LENGTH, name=name, days=Certificate.serialize_days(days), issued_at=timezone.now()
    )
    return render_response([certificate], "preview.pdf", disposition="inline")


def sample_days() -> list[AttendedDay]:
    days = conference_days()
    return [AttendedDay(day, Mode.IN_PERSON) for day in days[:-1] or days] + [
        AttendedDay(day, Mode.ONLINE) for day in days[-1:] if len(days) > 1
    ]


def print_view(model_admin: CertificateAdmin, request: HttpRequest) -> HttpResponse:
    """Return the certificates of people without a confirmed e-mail address, in one file."""
    require_permission_to_send(request)
    certificates = sending.issue_for_printing(sending.load_queue().unreachable) if sending.is_event_over() else []
    if not certificates:
        messages.warning(request, _("There are no certificates to print."))
        return redirect("admin:registration_certificate_send")
    return render_response(certificates, "certificates.pdf")


def render_response(certificates: list[Certificate], filename: str, *, disposition: str = "attachment") -> HttpResponse:
    # Imported here because the PDF libraries take 40 MB of memory and a third of a second.
    from .pdf import render_certificates

    return make_pdf_response(render_certificates(certificates), filename, disposition=disposition)
