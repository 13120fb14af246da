"""A tour of a local site in three steps, for the terminal and for the admin's first page."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from sessions.models import Release, Session


@dataclass(frozen=True)
class TourLink:
    label: str | Promise
    url: str


@dataclass(frozen=True)
class TourStep:
    title: str | Promise
    text: str | Promise
    links: list[TourLink]


def get_tour_context(user: User) -> dict:
    """Return the context of the dashboard: the tour of a local site, open until an organizer publishes something."""
    if not settings.IS_LOCAL or not user.is_superuser:
        return {}
    return {"tour": get_tour(), "is_tour_open": not Release.objects.filter(published_by__isnull=False).exists()}


def get_tour() -> list[TourStep]:
    """Return the steps. They read the draft: polling of releases must not start before the server forks."""
    with override("vi"):
        vietnamese = reverse("programme:agenda")
    mail = [TourLink(_("Local mailbox"), reverse("mail:outbox"))] if settings.DEV_OUTBOX else []
    example = (
        Session.objects.filter(status=Session.Status.CONFIRMED, participations__isnull=False)
        .order_by("starts_at")
        .first()
    )
    session = [TourLink(_("A session"), reverse("programme:session", args=[example.slug]))] if example else []
    return [
        TourStep(
            _("Browse"),
            _("Read the agenda, open a session, switch to Vietnamese, and look at it on a phone."),
            [
                TourLink(_("Agenda"), reverse("programme:agenda")),
                *session,
                TourLink(_("In Vietnamese"), vietnamese),
            ],
        ),
        TourStep(
            _("Curate"),
            _("Change the time of a session, preview and publish it, and undo it from the list of releases."),
            [
                TourLink(_("Timetable"), reverse("admin:programme_session_timetable")),
                TourLink(_("Publish"), reverse("admin:programme_release_publish")),
                TourLink(_("Releases"), reverse("admin:programme_release_changelist")),
            ],
        ),
        TourStep(
            _("Register and check in"),
            _(
                "Register with any address, read the code in the local mailbox, approve the registration in the admin, "
                "open the ticket, and check it in: search for the name or scan the code."
            ),
            [
                TourLink(_("Registration form"), reverse("registration:register")),
                *mail,
                TourLink(_("Registrations"), reverse("admin:registration_registration_changelist")),
                TourLink(_("Your registration"), reverse("registration:dashboard")),
                TourLink(_("Check-in"), reverse("check_in:page")),
            ],
        ),
    ]
