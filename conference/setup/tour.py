"""A tour of a local site in three steps, for the terminal and for the admin's first page."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from sessions.releases.current import get_programme


@dataclass(frozen=True)
class TourLink:
    label: str | Promise
    url: str


@dataclass(frozen=True)
class TourStep:
    title: str | Promise
    text: str | Promise
    links: list[TourLink]


def get_tour() -> list[TourStep]:
    """Return the steps. Raises NotLoadedError if nothing has been published."""
    with override("vi"):
        vietnamese = reverse("programme:agenda")
    mail = [TourLink(_("Local mailbox"), reverse("mail:outbox"))] if settings.DEV_OUTBOX else []
    session = next(session for session in get_programme().sessions if session.participations)
    return [
        TourStep(
            _("Browse"),
            _("Read the agenda, open a session, switch to Vietnamese, and look at it on a phone."),
            [
                TourLink(_("Agenda"), reverse("programme:agenda")),
                TourLink(_("A session"), reverse("programme:session", args=[session.slug])),
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
            _("Register with any address, read the code in the local mailbox, and open the ticket and its check page."),
            [
                TourLink(_("Registration form"), reverse("registration:register")),
                *mail,
                TourLink(_("Your registration"), reverse("registration:dashboard")),
            ],
        ),
    ]
