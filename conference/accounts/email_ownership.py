"""Ownership of e-mail addresses: an address belongs to the account whose owner proved it, and to no other.

Only a verified ``EmailAddress`` row is an identity. An unverified row, or ``User.email`` alone, is a claim: it opens
nothing, and it is removed when another account proves the address. A proof of the address opens an unused account: one
created by a registration, or by an organizer in the admin or for a person whom the organizer registers.

``EmailAddress.email`` holds the key of an address, as django-allauth expects, and ``User.email`` the spelling that
e-mails are sent to.
"""

import uuid
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from conference.core.email_addresses import canonical_email, email_key

# User names are derived from the address and a number, because a former account may have taken the first ones.
NAMES_PER_ADDRESS = 100


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
    return find_account(address) or create_account(canonical_email(address))


def delivery_email(user: User) -> str:
    """Return the proved address to which e-mails to this user go, or an empty string."""
    return proved_addresses(user_id=user.pk).values_list("spelling", flat=True).first() or ""


def delivery_email_query(user: str) -> Subquery:
    """Return delivery_email() as a subquery, for the field of the outer query that refers to the user."""
    return Subquery(proved_addresses(user_id=OuterRef(user)).values("spelling")[:1])


def proved_addresses(**filters: Any) -> QuerySet[EmailAddress]:
    """Return proved addresses, the main one first, with the spelling that e-mails are sent to."""
    is_main_spelling = When(Exact(Lower("user__email"), F("email")), then="user__email")
    rows = EmailAddress.objects.filter(verified=True, **filters).order_by("-primary", "pk")
    return rows.annotate(spelling=Case(is_main_spelling, default="email"))


def mailbox(address: str) -> str:
    """Return the spelling that e-mails to an address are sent to.

    It is the stored one if the address has an owner or belongs to an invited organizer, so that nobody else can choose
    it, and otherwise the canonical form of this one.
    """
    if proved := proved_addresses(email=email_key(address)).first():
        return proved.spelling
    invited = unused_accounts(address).filter(is_staff=True).first()
    return canonical_email(invited.email if invited else address)


def email_rows(address: str) -> QuerySet[EmailAddress]:
    return EmailAddress.objects.filter(email=email_key(address))


def users_by_email_field(address: str) -> QuerySet[User]:
    return User.objects.filter(email__iexact=canonical_email(address))


def unused_accounts(address: str) -> QuerySet[User]:
    """Return accounts without a proved address and without any sign-in, those of invited organizers first.

    One whose person an organizer has registered comes before another that was created since, and never used, by the
    form for registration.
    """
    is_unused = Q(registration__isnull=True) | Q(registration__is_registered_by_organizer=True)
    users = users_by_email_field(address).filter(is_unused, is_active=True, last_login__isnull=True)
    return (
        users.exclude(email="")
        .exclude(emailaddress__verified=True)
        .order_by("-is_staff", F("registration").asc(nulls_last=True), "pk")
    )


@transaction.atomic
def create_account(address: str) -> User | None:
    """Return a new account for an address. Simultaneous calls return the same one, by the user name."""
    for number in range(NAMES_PER_ADDRESS):
        user, created = User.objects.get_or_create(
            username=salted_hmac("conference.accounts.login_codes", f"{email_key(address)} {number}").hexdigest(),
            defaults={"email": address, "password": make_password(None)},
        )
        if created or user in unused_accounts(address):
            EmailAddress.objects.get_or_create(user=user, email=email_key(address), defaults={"primary": True})
            return user
    return None


def create_account_without_email() -> User:
    """Return a new account without sign-in: it has no address, no password, and a random user name."""
    return User.objects.create(username=f"no-email-{uuid.uuid4().hex}", password=make_password(None))


def claim_address(user: User, address: str) -> None:
    """Replace the unproved addresses of an account by another one, which a proof of it will make the proved one."""
    EmailAddress.objects.filter(user=user, verified=False).delete()
    EmailAddress.objects.create(user=user, email=email_key(address), primary=True)
    user.email = canonical_email(address)
    user.save(update_fields=["email"])


# The proof


def prove(user: User, address: str) -> bool:
    """Record that the person who is about to use this account has proved the address.

    Claims of other accounts on it are removed. If it is the first proved address of the account, its password, second
    factors, sessions and other addresses are removed. The user instance is refreshed. Returns False, with nothing
    changed, if the address belongs to another account or the account is closed or deleted.
    """
    try:
        with transaction.atomic():
            return prove_locked(user, address)
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
    spelling = mailbox(address)
    row = next((row for row in rows if row.user_id == user.pk), EmailAddress(user=user))
    if not EmailAddress.objects.filter(user=user, verified=True).exists():
        remove_credentials(user)
        EmailAddress.objects.filter(user=user).exclude(pk=row.pk).delete()
    row.email, row.verified = email_key(address), True
    row.primary = row.primary or not EmailAddress.objects.filter(user=user, primary=True).exists()
    row.save()
    if row.primary and user.email != spelling:
        user.email = spelling
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
