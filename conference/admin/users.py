"""User accounts in the admin. Organizers are invited (conference/admin/invitations.py)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from conference.accounts.email_ownership import find_owner
from conference.core.admin.model_admin import SearchMixin
from conference.core.form_fields import EmailAddressField

admin.site.unregister(User)


class AccountForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "is_active", "is_staff", "groups", "is_superuser"]
        labels = {
            "email": _("E-mail address"),
            "is_active": _("Open"),
            "is_staff": _("Organizer"),
            "is_superuser": _("Administrator"),
        }
        field_classes = {"email": EmailAddressField}
        widgets = {"groups": forms.CheckboxSelectMultiple}
        help_texts = {
            "is_active": _("Nobody can sign in to a closed account."),
            "is_staff": _("May sign in to the admin."),
            "is_superuser": _("May do everything, including inviting others."),
            "groups": _("What the person may do in the admin."),
        }

    def clean_email(self) -> str:
        """Reject an address that another account has proved: it could never be used to sign in to this account."""
        email = self.cleaned_data["email"]
        owner = find_owner(email) if email else None
        if owner and owner.pk != self.instance.pk:
            raise ValidationError(_("This person already has an account with this address. Edit that account."))
        return email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("groups") or data.get("is_superuser")) and not data.get("is_staff"):
            self.add_error("is_staff", _("Without this the groups have no effect. Tick it, or remove the groups."))
        if data.get("is_staff") and not data.get("email") and not self.has_error("email"):
            self.add_error("email", _("An organizer needs an e-mail address to sign in."))
        return data


@admin.register(User)
class AccountAdmin(SearchMixin, UserAdmin):
    form = AccountForm
    list_display = ["email", "first_name", "last_name", "is_staff", "is_active"]
    fieldsets = [
        (None, {"fields": ["first_name", "last_name", "email", "is_active"]}),
        (_("Admin"), {"fields": ["is_staff", "groups", "is_superuser"]}),
        (_("Dates"), {"fields": ["date_joined", "last_login"]}),
    ]
    readonly_fields = ["date_joined", "last_login"]
    # Checkboxes, as in the form of an invitation.
    filter_horizontal = []

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the invitation form: only a person who proved the address can use an account."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return redirect("admin:accounts_invitation_add")
