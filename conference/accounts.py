"""How sign-in behaves here, where allauth lets a site decide."""

import datetime
import time

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sessions.live import NotReady

from .email_ownership import delivery_email, find_account, normalize_email, prove
from .registration.letters import write_account_letter
from .second_factor import has_one
from .site import site

# What allauth's fields are called here. It speaks no Vietnamese; this is translated with the rest of the site.
LABELS = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "remember": _("Keep me signed in on this computer"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
    "code": _("Code"),
    "name": _("A name, to tell this passkey from others"),
}
# Said by allauth itself, so it must be spelled as there.
SAID_ELSEWHERE = [_("You must type the same password each time.")]


def in_our_words(form):
    """The form with our labels; what allauth repeats inside the fields is gone with the first letter typed."""
    for bound in form:
        bound.label = LABELS.get(bound.name, bound.label)
        bound.field.widget.attrs.pop("placeholder", None)
        if bound.name == "code":
            bound.field.widget.attrs["inputmode"] = "numeric"
    return form


# The ways to show once more that it is oneself, by the names allauth has for them.
WAYS = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use a code"),
    "mfa_reauthenticate:webauthn": _("Use a passkey"),
}


def _typed_the_password(request):
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "password" and record["at"] > since for record in records)


# What opens an account for whoever reads it, by the names that allauth gives it in its letters.
SECRETS = {"code", "key", "password_reset_url", "activate_url"}


def _good_until(facts):
    """When a letter of these facts comes too late; None where there is no such time."""
    seconds = app_settings.LOGIN_BY_CODE_TIMEOUT
    return timezone.now() + datetime.timedelta(seconds=seconds) if "code" in facts else None


class Adapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed."),
        "cannot_remove_primary_email": _("This is your main address. Make another one your main address first."),
        "duplicate_email": _("This address is on your list already."),
        "email_password_mismatch": _("There is no account with this address and this password. Check both."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_code": _("This is not the code in the newest letter."),
        "incorrect_password": _("This is not your password."),
        "invalid_password_reset": _("This link does not work any more. Ask for a new one."),
        "max_email_addresses": _("You cannot have more than %d addresses."),
        "rate_limited": _("Too many attempts in a short time. Please try again later."),
        "too_many_login_attempts": _("There were too many attempts. Please try again later."),
        "unverified_primary_email": _("Confirm this address before it becomes your main one."),
    }

    def is_open_for_signup(self, request):
        """Nobody makes an account by themselves: organizers are invited, attendees register."""
        return False

    def is_ajax(self, request):
        """Pages are for people; nothing here is answered as JSON."""
        return False

    def get_login_redirect_url(self, request):
        return reverse("admin:index" if request.user.is_staff else "my")

    def get_logout_redirect_url(self, request):
        return reverse("home")

    def get_reauthentication_methods(self, user):
        return [way | {"description": WAYS[way["id"]]} for way in super().get_reauthentication_methods(user)]

    def is_reauthentication_required(self, *, app, **more):
        """Whoever has just signed in sets up the first second factor without typing the password again."""
        if app == "allauth.mfa" and not has_one(context.request) and _typed_the_password(context.request):
            return False
        return super().is_reauthentication_required(app=app, **more)

    def send_mail(self, template_prefix, email, context):
        """Into the queue, in the visitor's language: a page never waits for the mail server. See posting."""
        mail = self.render_mail(template_prefix, email, {"email": email} | context)
        write_account_letter(
            email,
            mail.subject,
            mail.body,
            next((part.content for part in mail.alternatives), ""),
            user=self._owner(email, context),
            language=get_language() or settings.LANGUAGE_CODE,
            is_secret=bool(SECRETS & context.keys()),
            good_until=_good_until(context),
        )

    def _owner(self, email, context):
        """With whose account the letter is erased."""
        if user := context.get("user"):
            return user
        return find_account(email)

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Write to proved addresses only."""
        if email := email or delivery_email(user):
            super().send_notification_mail(template_prefix, user, context, email)

    # Which addresses are whose: see email_ownership.

    def clean_email(self, email):
        return normalize_email(email)

    def can_delete_email(self, email_address):
        """Keep the last proved address: without one the account would be anybody's or nobody's."""
        others = EmailAddress.objects.filter(user=email_address.user_id, verified=True).exclude(pk=email_address.pk)
        return super().can_delete_email(email_address) and (not email_address.verified or others.exists())

    @transaction.atomic
    def confirm_email(self, request, email_address):
        if not prove(email_address.user, email_address.email):
            failed = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, failed, {"email": email_address.email})
            return False
        email_address.refresh_from_db()
        return super().confirm_email(request, email_address)

    # Letters name the site as it is configured, never as the request names it: see the Host header in CVE-2021-30185.

    def get_reset_password_from_key_url(self, key):
        uidb36, _dash, token = key.partition("-")
        return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})

    def get_email_confirmation_url(self, request, emailconfirmation):
        return settings.SITE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def format_email_subject(self, subject):
        try:
            return _("%(conference)s: %(subject)s") % {"conference": site().short_name, "subject": subject}
        except NotReady:
            return subject
