"""Accounts in the admin: an organizer is invited with an address that nobody else has proved."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from conference.accounts.email_ownership import find_owner

admin.site.unregister(User)


class AccountForm(UserChangeForm):
    def clean_email(self) -> str:
        """Refuse an address of another account: nobody could ever sign in to this one with it."""
        email = self.cleaned_data["email"]
        owner = find_owner(email) if email else None
        if owner and owner.pk != self.instance.pk:
            raise ValidationError(_("This person already has an account with this address. Edit that account."))
        return email


@admin.register(User)
class AccountAdmin(UserAdmin):
    form = AccountForm
