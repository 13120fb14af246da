"""How sign-in behaves here, where allauth lets a site decide."""

import datetime
import time

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from conference.core import qr
from conference.core.polling import NotLoadedError
from conference.mail.outbox import queue_account_email
from conference.site_data import get_site_data

from .email_ownership import delivery_email, find_account, normalize_email, prove
from .mfa import has_mfa

# The ways to show once more that it is oneself, by the names allauth has for them.
REAUTHENTICATION_LABELS = {
    "reauthenticate": _("Use password"),
    "mfa_reauthenticate": _("Use code"),
    "mfa_reauthenticate:webauthn": _("Use passkey"),
}


def has_recent_password_login(request):
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "password" and record["at"] > since for record in records)


# What opens an account for whoever reads it, by the names that allauth gives it in its letters.
SECRET_CONTEXT_KEYS = {"code", "key", "password_reset_url", "activate_url"}


def email_expiry(facts):
    """When a letter of these facts comes too late; None where there is no such time."""
    seconds = app_settings.LOGIN_BY_CODE_TIMEOUT
    return timezone.now() + datetime.timedelta(seconds=seconds) if "code" in facts else None


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed."),
        "cannot_remove_primary_email": _("This is your main address. Make another address the main one first."),
        "duplicate_email": _("This address is already on your account."),
        "email_password_mismatch": _("Wrong e-mail address or password."),
        "enter_current_password": _("The current password is wrong."),
        "incorrect_code": _("Wrong code. Enter the code from the latest e-mail."),
        "incorrect_password": _("Wrong password."),
        "invalid_password_reset": _("This link has expired. Please request a new one."),
        "max_email_addresses": _("You cannot have more than %d e-mail addresses."),
        "rate_limited": _("Too many attempts in a short time. Please try again later."),
        "too_many_login_attempts": _("There were too many attempts. Please try again later."),
        "unverified_primary_email": _("Confirm this address before you make it the main one."),
    }

    def is_open_for_signup(self, request):
        """Nobody makes an account by themselves: organizers are invited, attendees register."""
        return False

    def is_ajax(self, request):
        """Pages are for people; nothing here is answered as JSON."""
        return False

    def get_login_redirect_url(self, request):
        return reverse("admin:index" if request.user.is_staff else "registration:dashboard")

    def get_logout_redirect_url(self, request):
        return reverse("home")

    def get_reauthentication_methods(self, user):
        return [
            way | {"description": REAUTHENTICATION_LABELS[way["id"]]}
            for way in super().get_reauthentication_methods(user)
        ]

    def is_reauthentication_required(self, *, app, **more):
        """Whoever has just signed in sets up the first second factor without typing the password again."""
        if app == "allauth.mfa" and not has_mfa(context.request) and has_recent_password_login(context.request):
            return False
        return super().is_reauthentication_required(app=app, **more)

    def send_mail(self, template_prefix, email, context):
        """Into the queue, in the visitor's language: a page never waits for the mail server. See posting."""
        mail = self.render_mail(template_prefix, email, {"email": email} | context)
        queue_account_email(
            email,
            mail.subject,
            mail.body,
            next((part.content for part in mail.alternatives), ""),
            user=self._owner(email, context),
            language=get_language() or settings.LANGUAGE_CODE,
            is_secret=bool(SECRET_CONTEXT_KEYS & context.keys()),
            expires_at=email_expiry(context),
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

    def should_send_confirmation_mail(self, request, email_address, signup):
        """Write to no unproved address at sign-in: only the page for addresses sends the link."""
        return False

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
            return _("%(conference)s: %(subject)s") % {"conference": get_site_data().short_name, "subject": subject}
        except NotLoadedError:
            return subject


class ConferenceMFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_generate_recovery_codes": _("Set up an app or a passkey first. Recovery codes are only a backup."),
        "incorrect_code": _("Wrong or expired code. Each code works once, for 30 seconds."),
    }

    def get_totp_issuer(self):
        return self._get_site_name()

    def _get_site_name(self):
        try:
            return str(get_site_data().short_name)
        except NotLoadedError:
            return settings.SITE_HOST

    def build_totp_svg(self, url):
        """A drawing to stand in the page itself: as an address (data:) the browser would not be allowed to show it."""
        rows = qr.build_matrix(url)
        return render_to_string("mfa/totp/_qr_code.svg", {"size": len(rows), "path": qr.svg_path(rows)})

    def generate_authenticator_name(self, user, type):
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}
