"""Invitations of organizers: sending, revoking and accepting them."""

import hashlib
import secrets

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from .email_ownership import find_owner, open_account, prove
from .models import Invitation, InvitationQuerySet

MAX_USERNAME_LENGTH = 150


class InvitationError(Exception):
    """The invitation cannot be accepted any more, or not for this account."""


def send_invitation(invitation: Invitation) -> None:
    """Save the invitation with a new link and e-mail it. Former links stop working."""
    token = secrets.token_urlsafe(32)
    invitation.token_hash, invitation.sent_at = hash_token(token), timezone.now()
    with transaction.atomic():
        invitation.save()
        context = {
            "invitation_url": settings.SITE_URL + reverse("account_invitation", args=[token]),
            "invitation": invitation,
            "expires_at": invitation.expires_at,
        }
        get_adapter().send_mail("account/email/invitation", invitation.email, context)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def revoke_invitations(invitations: InvitationQuerySet) -> int:
    return invitations.open().update(revoked_at=timezone.now())


def find_invitation(token: str, *, lock: bool = False) -> Invitation | None:
    """Return the pending invitation of a link, locked until the transaction ends if lock is set."""
    invitations = Invitation.objects.open().filter(token_hash=hash_token(token))
    invitation = (invitations.select_for_update() if lock else invitations).first()
    return invitation if invitation and invitation.status == Invitation.Status.PENDING else None


@transaction.atomic
def create_invited_account(token: str, password: str) -> User:
    """Create the account of an invited person, whose address the link proves. Raises InvitationError.

    The caller signs the user in with the password.
    """
    invitation = find_invitation(token, lock=True)
    if invitation is None or find_owner(invitation.email):
        raise InvitationError
    user = open_account(invitation.email)
    if user is None or not prove(user, invitation.email):
        raise InvitationError
    user.first_name = invitation.name
    if len(invitation.email) <= MAX_USERNAME_LENGTH and not User.objects.filter(username=invitation.email).exists():
        user.username = invitation.email
    user.set_password(password)
    grant_role(user, invitation)
    return user


@transaction.atomic
def accept_for_account(token: str, user: User) -> None:
    """Give the signed-in owner of the invited address the role. Raises InvitationError."""
    invitation = find_invitation(token, lock=True)
    if invitation is None or find_owner(invitation.email) != user:
        raise InvitationError
    grant_role(user, invitation)


def grant_role(user: User, invitation: Invitation) -> None:
    user.is_staff = True
    user.is_superuser = user.is_superuser or invitation.is_superuser
    user.save()
    user.groups.add(*invitation.groups.all())
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
