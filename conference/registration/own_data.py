"""Everything that is known about one person, in a form that other programs read too. No secrets: no codes, no keys."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils.translation import gettext as _

from sessions.text import Text

from .models import Letter

FACTS = ("passport_name", "badge_name", "organization", "function", "gender", "languages", "letter_language")
MOMENTS = ("submitted_at", "state_at", "consented_at", "updated_at")


def everything_about(user, registration):
    """What JSON can hold; moments are aware. registration may be None."""
    return {
        "account": _account(user),
        "registration": _registration(registration) if registration else None,
        "letters": [_letter(letter) for letter in Letter.objects.filter(user=user)],
    }


def _account(user):
    factors = Authenticator.objects.filter(user=user)
    sessions = UserSession.objects.filter(user=user)
    return {
        "addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "since": user.date_joined,
        "last_sign_in": user.last_login,
        "has_a_password": user.has_usable_password(),
        "second_factors": [{"kind": factor.type, "since": factor.created_at} for factor in factors],
        "sessions": list(sessions.values("created_at", "ip", "user_agent")),
    }


def _registration(registration):
    return {
        **{name: getattr(registration, name) for name in FACTS + MOMENTS},
        "country": registration.country.code,
        "category": str(Text.of(registration.category, "name")),
        "state": registration.state,
        "online_meanwhile": registration.online_meanwhile,
        "consent": {
            "version": registration.consent.number,
            "agreed": registration.consented_at,
            "text": str(Text.of(registration.consent, "text")),
        },
        "needs": _needs(getattr(registration, "needs", None)),
        "seats": list(registration.seats.values("day", "mode", "state", "since", "offered_until", "meanwhile")),
        "steps": [_step(step, registration) for step in registration.steps.all()],
        "tickets": list(registration.tickets.values("issued_at", "voided_at")),
    }


def _needs(needs):
    if needs is None:
        return None
    looked_at = list(needs.openings.values_list("at", flat=True))
    return {"access": needs.access, "diet": needs.diet, "looked_at_by_organizers": looked_at}


def _step(step, registration):
    """Who of the organizers acted is not said."""
    return {
        "what": step.action,
        "at": step.at,
        "by": {None: "site", registration.user_id: "you"}.get(step.by_id, "organizers"),
        "before": step.before,
        "after": step.after,
        "reason": step.reason,
        "note": step.note,
        "changes": step.changes,
    }


def _letter(letter):
    hidden = _("(not shown: it held a code)")
    return {
        "kind": letter.kind,
        "to": letter.to,
        "subject": letter.subject,
        "text": hidden if letter.is_secret else letter.text,
        "written": letter.created_at,
        "sent": letter.sent_at,
    }
