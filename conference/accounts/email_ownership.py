"""E-mail addresses as identities: an address belongs to the account whose owner proved it, and to no other.

Only a verified ``EmailAddress`` row is an identity. An unverified row, or ``User.email`` alone, is a claim: it opens
nothing, and it is removed when somebody proves the address. An account that nobody has used yet (one that was begun by
registering, or made by an organizer in the admin) waits for the first proof of its address.
"""

import unicodedata

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

# An account is begun under a name that follows from the address; others of that name may have been used before.
NAMES_PER_ADDRESS = 100
# Longer than any address can be (RFC 5321 4.5.3.1): the mapping of domains is not spent on it.
MAX_LENGTH = 320


def normalize_email(address: str) -> str:
    """Return the one spelling of an address under which it is compared, stored and written to.

    Letter case and Unicode composition are removed, and an internationalized domain gets its Unicode form by the same
    mapping (IDNA 2003) with which Django's mail backend encodes it.
    """
    if len(address) > MAX_LENGTH:
        return _fold(address.strip())
    local, at, domain = address.strip().rpartition("@")
    return _fold(local) + at + ".".join(_unicode_label(label) for label in _fold(domain).split("."))


def _fold(text):
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    # allauth looks addresses up in lower case, which differs from case folding in a few scripts.
    return unicodedata.normalize("NFC", folded.lower())


def _unicode_label(label):
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
    """Return the normalized address and its form with an ASCII domain, as rows may have it that were stored before."""
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
    row = _rows(address).filter(verified=True).select_related("user").first()
    return row.user if row else None


def find_account(address: str) -> User | None:
    """Return the active account that a proof of this address opens: its owner's, else one that nobody has used yet."""
    user = find_owner(address) or _unused_accounts(address).first()
    return user if user and user.is_active else None


def open_account(address: str) -> User | None:
    """Return the account that a proof of this address opens, a new one if there is none; None if it is closed."""
    owner = find_owner(address)
    if owner:
        return owner if owner.is_active else None
    return find_account(address) or _create_account(normalize_email(address))


def delivery_email(user: User) -> str:
    """Return the proved address to which e-mails to this user go, or an empty string."""
    rows = EmailAddress.objects.filter(user_id=user.pk, verified=True).order_by("-primary", "pk")
    return rows.values_list("email", flat=True).first() or ""


def proved_email(address: str) -> str:
    """Return a proved address as it is stored; any other one normalized."""
    rows = _rows(address).filter(verified=True)
    return rows.values_list("email", flat=True).first() or normalize_email(address)


def _rows(address):
    return EmailAddress.objects.filter(email__in=spellings(address))


def _users_by_email_field(address):
    matches = Q()
    for spelling in spellings(address):
        matches |= Q(email__iexact=spelling)
    return User.objects.filter(matches)


def _unused_accounts(address):
    """Accounts without a proved address that nobody ever signed in to; those of invited organizers first."""
    users = _users_by_email_field(address).filter(is_active=True, last_login__isnull=True, registration__isnull=True)
    return users.exclude(email="").exclude(emailaddress__verified=True).order_by("-is_staff", "pk")


@transaction.atomic
def _create_account(address):
    """Create the account for an address. Simultaneous calls return the same one: its name follows from the address."""
    for number in range(NAMES_PER_ADDRESS):
        user, created = User.objects.get_or_create(
            username=salted_hmac("conference.accounts.login_codes", f"{address} {number}").hexdigest(),
            defaults={"email": address, "password": make_password(None)},
        )
        if created or user in _unused_accounts(address):
            EmailAddress.objects.get_or_create(user=user, email=address, defaults={"primary": True})
            return user
    return None


# The proof


def prove(user: User, address: str) -> bool:
    """Record that the person who is about to use this account has proved the address.

    Claims of other accounts on it are removed. If it is the first proved address of the account, everything that was
    set up before is removed from it: password, second factors, sessions and other addresses. The instance of the user
    is brought up to date. Returns False, with nothing changed, if the address belongs to another account or the account
    is closed or gone.
    """
    try:
        with transaction.atomic():
            return _prove(user, normalize_email(address))
    except IntegrityError:
        # Another account proved it at the same moment: unique_verified_email.
        return False


def _prove(user, address):
    # All who prove this address lock the same rows in the same order; the second one finds what the first one left.
    rows = list(_rows(address).select_for_update().order_by("pk"))
    if any(row.verified and row.user_id != user.pk for row in rows):
        return False
    if not User.objects.select_for_update().filter(pk=user.pk, is_active=True).exists():
        return False
    user.refresh_from_db()
    own_rows = [row for row in rows if row.user_id == user.pk]
    row = min(own_rows, key=lambda row: row.email != address, default=EmailAddress(user=user))
    if not EmailAddress.objects.filter(user=user, verified=True).exists():
        _remove_credentials(user)
        EmailAddress.objects.filter(user=user).exclude(pk=row.pk).delete()
    row.email, row.verified = address, True
    row.primary = row.primary or not EmailAddress.objects.filter(user=user, primary=True).exists()
    row.save()
    if row.primary and user.email != address:
        user.email = address
        user.save(update_fields=["email"])
    _remove_claims(row)
    return True


def _remove_credentials(user):
    """Remove what opens the account. The new unusable password also ends every session and reset link."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    Authenticator.objects.filter(user=user).delete()


def _remove_claims(proved):
    _rows(proved.email).filter(verified=False).exclude(pk=proved.pk).delete()
    for user in _users_by_email_field(proved.email).exclude(pk=proved.user_id):
        user.email = delivery_email(user)
        user.save(update_fields=["email"])


class VerifiedEmailBackend(ModelBackend):
    """Sign-in with a password and a proved address."""

    def authenticate(self, request, email=None, password=None, **credentials):
        if not email or password is None:
            return None
        user = find_owner(email)
        if user is None:
            # As much time as for a wrong password.
            make_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
