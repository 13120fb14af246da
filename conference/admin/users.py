"""User accounts in the admin. An organizer is invited by creating an account with an e-mail address."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from conference.accounts.email_ownership import find_owner
from conference.core.admin.search import SearchMixin
from conference.core.form_fields import EmailAddressField

admin.site.unregister(User)


class AccountForm(UserChangeForm):
    class Meta(UserChangeForm.Meta):
        field_classes = UserChangeForm.Meta.field_classes | {"email": EmailAddressField}

    def clean_email(self) -> str:
        """Reject an address that another account has proved: it could never be used to sign in to this account."""
        email = self.cleaned_data["email"]
        owner = find_owner(email) if email else None
        if owner and owner.pk != self.instance.pk:
            raise ValidationError(_("This person already has an account with this address. Edit that account."))
        return email


@admin.register(User)
class AccountAdmin(SearchMixin, UserAdmin):
    form = AccountForm
