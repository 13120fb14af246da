"""Adapters: allauth's hooks for messages, redirects, e-mails and second factors."""

import datetime
import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from conference.core import qr
from conference.core.email_addresses import canonical_email
from conference.core.polling import NotLoadedError
from conference.mail.outbox import queue_account_email
from conference.site_data import get_conference_info, get_site_data

from .email_ownership import delivery_email, find_account, mailbox, prove
from .mfa import has_mfa
from .rate_limits import forget_password_attempts, may_try_password

# By the IDs of allauth's reauthentication methods.
REAUTHENTICATION_LABELS = {
    "reauthenticate": _("Use password"),
    "mfa_reauthenticate": _("Use code"),
    "mfa_reauthenticate:webauthn": _("Use passkey"),
}


def has_recent_password_login(request: HttpRequest) -> bool:
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "password" and record["at"] > since for record in records)


# Context variables of allauth's e-mails that grant access to an account.
SECRET_CONTEXT_KEYS = {"code", "key", "password_reset_url", "activate_url", "invitation_url"}


def email_expiry(context: dict[str, Any]) -> datetime.datetime | None:
    """Return the time after which an e-mail with this context is useless, or None."""
    if "expires_at" in context:
        return context["expires_at"]
    seconds = app_settings.LOGIN_BY_CODE_TIMEOUT
    return timezone.now() + datetime.timedelta(seconds=seconds) if "code" in context else None


def login_name(credentials: dict[str, Any]) -> str:
    """Return the address, or the user name in the reauthentication of an account without a main address."""
    return credentials.get("email") or credentials.get("username", "")


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

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: organizers are invited, and attendees get an account when they register."""
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """Return False: every response is a page, never JSON."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("admin:index" if request.user.is_staff else "registration:dashboard")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        return [
            method | {"description": REAUTHENTICATION_LABELS[method["id"]]}
            for method in super().get_reauthentication_methods(user)
        ]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Return False for the set-up of the first second factor soon after a sign-in with a password."""
        if app == "allauth.mfa" and not has_mfa(context.request) and has_recent_password_login(context.request):
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the e-mail in the visitor's language. The e-mail worker sends it."""
        mail = self.render_mail(template_prefix, email, {"email": email} | context)
        queue_account_email(
            mailbox(email),
            mail.subject,
            mail.body,
            next((part.content for part in mail.alternatives), ""),
            user=context.get("user") or find_account(email),
            language=get_language() or settings.LANGUAGE_CODE,
            is_secret=bool(SECRET_CONTEXT_KEYS & context.keys()),
            expires_at=email_expiry(context),
        )

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Notify the user, if the account has a proved address."""
        if email := email or delivery_email(user):
            super().send_notification_mail(template_prefix, user, context, email)

    # Ownership of addresses: see email_ownership.

    def should_send_confirmation_mail(self, request: HttpRequest, email_address: EmailAddress, signup: bool) -> bool:
        """Return False: a sign-in sends no confirmation link; only the page of the user's addresses does."""
        return False

    def clean_email(self, email: str) -> str:
        return canonical_email(email)

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """Return False for the last proved address, without which the account would have no owner."""
        others = EmailAddress.objects.filter(user=email_address.user_id, verified=True).exclude(pk=email_address.pk)
        return super().can_delete_email(email_address) and (not email_address.verified or others.exists())

    @transaction.atomic
    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        if not prove(email_address.user, email_address.email):
            template = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, template, {"email": email_address.email})
            return False
        email_address.refresh_from_db()
        return super().confirm_email(request, email_address)

    # Limits on failed passwords that leave attempts for the owner of the address: see rate_limits.

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        if not may_try_password(request, login_name(credentials)):
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user = super().authenticate(request, **credentials)
        if user:
            forget_password_attempts(request, login_name(credentials))
        return user

    # Links use SITE_URL, never the Host header of the request (CVE-2021-30185).

    def get_reset_password_from_key_url(self, key: str) -> str:
        uidb36, _dash, token = key.partition("-")
        return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC) -> str:
        return settings.SITE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def format_email_subject(self, subject: str) -> str:
        try:
            return _("%(conference)s: %(subject)s") % {"conference": get_site_data().short_name, "subject": subject}
        except NotLoadedError:
            return subject


class ConferenceMFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_generate_recovery_codes": _("Set up an app or a passkey first. Recovery codes are only a backup."),
        "incorrect_code": _("Wrong or expired code. Each code works once, for 30 seconds."),
    }

    def get_totp_issuer(self) -> str:
        return get_conference_info().short_name

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": get_conference_info().short_name}

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code as inline SVG, because the Content-Security-Policy forbids data: images."""
        matrix = qr.build_matrix(url)
        return render_to_string("mfa/totp/_qr_code.svg", {"size": len(matrix), "path": qr.svg_path(matrix)})

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}
