"""Ownership of e-mail addresses: an address belongs to the account whose owner proved it, and to no other.

Only a verified ``EmailAddress`` row is an identity. An unverified row, or ``User.email`` alone, is a claim: it opens
nothing, and it is removed when another account proves the address. A proof of the address opens an unused account: one
created by a registration, or by an organizer in the admin.
"""

import unicodedata
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

# User names are derived from the address and a number, because a former account may have taken the first ones.
NAMES_PER_ADDRESS = 100
# No valid address is longer (RFC 5321 4.5.3.1), so no time is spent on mapping the domain of a longer text.
MAX_LENGTH = 320


def normalize_email(address: str) -> str:
    """Return the canonical spelling of an address, which is compared, stored and used for sending.

    Letter case and Unicode composition are removed, and an internationalized domain gets its Unicode form by the same
    mapping (IDNA 2003) with which Django's mail backend encodes it.
    """
    if len(address) > MAX_LENGTH:
        return fold_case(address.strip())
    local, at, domain = address.strip().rpartition("@")
    return fold_case(local) + at + ".".join(decode_domain_label(label) for label in fold_case(domain).split("."))


def fold_case(text: str) -> str:
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    # allauth looks addresses up in lower case, which differs from case folding in a few scripts.
    return unicodedata.normalize("NFC", folded.lower())


def decode_domain_label(label: str) -> str:
    try:
        ascii_label = label.encode("idna")
    except UnicodeError:
        return label
    try:
        return ascii_label.decode("idna")
    except UnicodeError:
        # A label of IDNA 2008, which is another domain than its IDNA 2003 mapping.
        return ascii_label.decode("ascii")


def spellings(address: str) -> set[str]:
    """Return the normalized address and its form with an ASCII domain, as older rows may have it."""
    normal = normalize_email(address)
    if len(normal) > MAX_LENGTH:
        return {normal}
    local, at, domain = normal.rpartition("@")
    try:
        return {normal, local + at + domain.encode("idna").decode("ascii")}
    except UnicodeError:
        return {normal}


def find_owner(address: str) -> User | None:
    """Return the user who proved this address, active or not."""
    row = email_rows(address).filter(verified=True).select_related("user").first()
    return row.user if row else None


def find_account(address: str) -> User | None:
    """Return the active account that a proof of this address opens: its owner's, else an unused one."""
    user = find_owner(address) or unused_accounts(address).first()
    return user if user and user.is_active else None


def open_account(address: str) -> User | None:
    """Return the account that a proof of this address opens, a new one if there is none; None if it is closed."""
    owner = find_owner(address)
    if owner:
        return owner if owner.is_active else None
    return find_account(address) or create_account(normalize_email(address))


def delivery_email(user: User) -> str:
    """Return the proved address to which e-mails to this user go, or an empty string."""
    rows = EmailAddress.objects.filter(user_id=user.pk, verified=True).order_by("-primary", "pk")
    return rows.values_list("email", flat=True).first() or ""


def delivery_email_query(user: str) -> Subquery:
    """Return delivery_email() as a subquery, for the field of the outer query that refers to the user."""
    rows = EmailAddress.objects.filter(user_id=OuterRef(user), verified=True).order_by("-primary", "pk")
    return Subquery(rows.values("email")[:1])


def proved_email(address: str) -> str:
    """Return a proved address as it is stored; any other one normalized."""
    rows = email_rows(address).filter(verified=True)
    return rows.values_list("email", flat=True).first() or normalize_email(address)


def email_rows(address: str) -> QuerySet[EmailAddress]:
    return EmailAddress.objects.filter(email__in=spellings(address))


def users_by_email_field(address: str) -> QuerySet[User]:
    matches = Q()
    for spelling in spellings(address):
        matches |= Q(email__iexact=spelling)
    return User.objects.filter(matches)


def unused_accounts(address: str) -> QuerySet[User]:
    """Return accounts without a proved address and without any sign-in, those of invited organizers first."""
    users = users_by_email_field(address).filter(is_active=True, last_login__isnull=True, registration__isnull=True)
    return users.exclude(email="").exclude(emailaddress__verified=True).order_by("-is_staff", "pk")


@transaction.atomic
def create_account(address: str) -> User | None:
    """Return a new account for an address. Simultaneous calls return the same one, by the user name."""
    for number in range(NAMES_PER_ADDRESS):
        user, created = User.objects.get_or_create(
            username=salted_hmac("conference.accounts.login_codes", f"{address} {number}").hexdigest(),
            defaults={"email": address, "password": make_password(None)},
        )
        if created or user in unused_accounts(address):
            EmailAddress.objects.get_or_create(user=user, email=address, defaults={"primary": True})
            return user
    return None


# The proof


def prove(user: User, address: str) -> bool:
    """Record that the person who is about to use this account has proved the address.

    Claims of other accounts on it are removed. If it is the first proved address of the account, its password, second
    factors, sessions and other addresses are removed. The user instance is refreshed. Returns False, with nothing
    changed, if the address belongs to another account or the account is closed or deleted.
    """
    try:
        with transaction.atomic():
            return prove_locked(user, normalize_email(address))
    except IntegrityError:
        # Another account proved it at the same moment: unique_verified_email.
        return False


def prove_locked(user: User, address: str) -> bool:
    # Concurrent proofs lock the same rows in the same order, so the second one sees the result of the first one.
    rows = list(email_rows(address).select_for_update().order_by("pk"))
    if any(row.verified and row.user_id != user.pk for row in rows):
        return False
    if not User.objects.select_for_update().filter(pk=user.pk, is_active=True).exists():
        return False
    user.refresh_from_db()
    own_rows = [row for row in rows if row.user_id == user.pk]
    row = min(own_rows, key=lambda row: row.email != address, default=EmailAddress(user=user))
    if not EmailAddress.objects.filter(user=user, verified=True).exists():
        remove_credentials(user)
        EmailAddress.objects.filter(user=user).exclude(pk=row.pk).delete()
    row.email, row.verified = address, True
    row.primary = row.primary or not EmailAddress.objects.filter(user=user, primary=True).exists()
    row.save()
    if row.primary and user.email != address:
        user.email = address
        user.save(update_fields=["email"])
    remove_claims(row)
    return True


def remove_credentials(user: User) -> None:
    """Delete second factors and set an unusable password, which also ends every session and reset link."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    Authenticator.objects.filter(user=user).delete()


def remove_claims(proved: EmailAddress) -> None:
    """Remove the proved address from all other accounts."""
    email_rows(proved.email).filter(verified=False).exclude(pk=proved.pk).delete()
    for user in users_by_email_field(proved.email).exclude(pk=proved.user_id):
        user.email = delivery_email(user)
        user.save(update_fields=["email"])


class VerifiedEmailBackend(ModelBackend):
    """Authentication by a proved e-mail address and a password."""

    def authenticate(
        self, request: HttpRequest | None, email: str | None = None, password: str | None = None, **credentials: Any
    ) -> User | None:
        if not email or password is None:
            return None
        user = find_owner(email)
        if user is None:
            # Takes as long as checking a wrong password.
            make_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
