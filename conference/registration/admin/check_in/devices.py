"""Admin of the devices that check people in without an account: their links, shown once, and their end."""

import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conference.core import qr
from conference.core.admin.model_admin import RestrictedLookupsMixin

from ...check_in.devices import STATUS_LABELS, format_days_of, get_status, issue_link, revoke_device
from ...formatting import conference_days
from ...models import CheckInDevice, Entrance
from ..base import admin_path, render_admin_page


class DeviceForm(forms.ModelForm):
    """A device with its days as check boxes."""

    days = forms.MultipleChoiceField(
        label=_("Days"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The device works on these days only. If none is selected, on all days of the conference."),
    )

    class Meta:
        model = CheckInDevice
        fields = ["name", "entrance", "days"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        # Days that are not those of the conference any more can be deselected.
        days = {*conference_days(), *map(datetime.date.fromisoformat, self.instance.days)}
        field: Any = self.fields["days"]
        field.choices = [(day.isoformat(), date_format(day, "MONTH_DAY_FORMAT")) for day in sorted(days)]

    def clean_days(self) -> list[str]:
        return sorted(self.cleaned_data["days"])


@admin.register(CheckInDevice)
class CheckInDeviceAdmin(RestrictedLookupsMixin, admin.ModelAdmin):
    """Admin without deletion: revoked devices stay, because their check-ins refer to them."""

    form = DeviceForm
    list_display = ["name", "entrance", "day_names", "status", "last_seen_at", "created_by"]
    list_select_related = ["entrance", "created_by"]
    list_filter = [("entrance", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name"]
    actions = ["revoke_selected"]
    object_fields = ["status", "last_seen_at", "created_at", "created_by", "revoked_at", "revoked_by"]

    def get_fields(self, request: HttpRequest, obj: CheckInDevice | None = None) -> list[str]:
        return [*DeviceForm.Meta.fields, *(self.object_fields if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: CheckInDevice | None = None) -> list[str]:
        return self.object_fields if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: CheckInDevice | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        return [
            admin_path(self, "<uuid:key>/link/", new_link_view, "link"),
            admin_path(self, "<uuid:key>/revoke/", revoke_view, "revoke"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        if not Entrance.objects.exists():
            messages.warning(request, _("Add an entrance first. A device belongs to one."))
        return super().add_view(request, form_url, extra_context)

    def save_model(self, request: Any, obj: CheckInDevice, form: forms.ModelForm, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.created_by = request.user
            request.device_link = issue_link(obj)

    def response_add(self, request: Any, obj: CheckInDevice, post_url_continue: str | None = None) -> HttpResponse:
        """Show the link in this response. No later page can show it, because only its hash is stored."""
        return show_link(self, request, obj, request.device_link)

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> HttpResponse:
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("days"))
    def day_names(self, device: CheckInDevice) -> str:
        return format_days_of(device) or str(_("All days"))

    @admin.display(description=_("status"))
    def status(self, device: CheckInDevice) -> str:
        return str(STATUS_LABELS[get_status(device)])

    @admin.action(description=_("Revoke the access of the selected devices"), permissions=["change"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[CheckInDevice]) -> None:
        devices = list(queryset.filter(revoked_at=None))
        for device in devices:
            revoke_device(device, request.user)
        number = len(devices)
        message = ngettext("%(n)d device was revoked.", "%(n)d devices were revoked.", number)
        messages.success(request, message % {"n": number})


def get_device(model_admin: CheckInDeviceAdmin, request: HttpRequest, key: UUID) -> CheckInDevice:
    """Return a device that is not revoked. Raises PermissionDenied and Http404."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied(_("You do not have permission to change check-in devices."))
    device = model_admin.get_queryset(request).filter(pk=key, revoked_at=None).select_related("entrance").first()
    if device is None:
        raise Http404
    return device


def new_link_view(model_admin: CheckInDeviceAdmin, request: HttpRequest, key: UUID) -> HttpResponse:
    """Replace the link of a device after confirmation. The browser that used the former one loses its access."""
    device = get_device(model_admin, request, key)
    if request.method == "POST":
        link = issue_link(device)
        model_admin.log_change(request, device, [{"changed": {"fields": [str(_("link"))]}}])
        return show_link(model_admin, request, device, link)
    context = {"title": _("New link"), "device": device}
    return render_admin_page(model_admin, request, "admin/registration/check_in/new_link.html", context)


def revoke_view(model_admin: CheckInDeviceAdmin, request: HttpRequest, key: UUID) -> HttpResponse:
    """End the access of a device after confirmation."""
    device = get_device(model_admin, request, key)
    if request.method == "POST":
        revoke_device(device, request.user)
        model_admin.log_change(request, device, [{"changed": {"fields": [str(_("access"))]}}])
        messages.success(request, _("The access of “%(name)s” was revoked.") % {"name": device})
        return redirect("admin:registration_checkindevice_changelist")
    context = {"title": _("Revoke access"), "device": device}
    return render_admin_page(model_admin, request, "admin/registration/check_in/revoke.html", context)


def show_link(model_admin: CheckInDeviceAdmin, request: HttpRequest, device: CheckInDevice, link: str) -> HttpResponse:
    rows = qr.build_matrix(link)
    code = render_to_string("check_in/device_qr.svg", {"size": len(rows), "path": qr.svg_path(rows)})
    context = {"title": _("Link of the device"), "device": device, "link": link, "qr_code": code}
    context["days"] = format_days_of(device)
    response = render_admin_page(model_admin, request, "admin/registration/check_in/link.html", context)
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
