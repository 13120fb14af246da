"""The setup checklist on the dashboard: what an event must decide before it opens to the public.

The site checks most items. Organizers confirm the others, whose state no software can know.
"""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from conference.accounts.mfa import PRIMARY_FACTORS
from conference.models import Conference, Page, SetupConfirmation
from conference.registration.models import Quota, RegistrationSettings

# The items that organizers confirm.
PRIVACY, BACKUP = "privacy", "backup"
CONFIRMABLE = {PRIVACY, BACKUP}
PERMISSION = "conference.change_conference"


@dataclass(frozen=True)
class ChecklistItem:
    """What to decide; url is where, if it is in the admin. An item with a key is confirmed with a button."""

    label: str | Promise
    is_done: bool
    url: str = ""
    key: str = ""


def get_setup_checklist(user: User) -> list[ChecklistItem] | None:
    """Return the open items, or None for users who may not change the conference."""
    conference = Conference.objects.first()
    if conference is None or not user.has_perm(PERMISSION):
        return None
    confirmed = set(SetupConfirmation.objects.values_list("item", flat=True))
    return [item for item in list_items(conference, confirmed) if not item.is_done]


def list_items(conference: Conference, confirmed: set[str]) -> list[ChecklistItem]:
    registration = RegistrationSettings.objects.first() or RegistrationSettings()
    conference_url = reverse("admin:conference_conference_change", args=[conference.pk])
    settings_url = reverse("admin:registration_registrationsettings_changelist")
    privacy = Page.objects.filter(slug="privacy").first()
    privacy_url = reverse("admin:conference_page_change", args=[privacy.pk]) if privacy else ""
    has_limit = registration.seats is not None or Quota.objects.filter(seats__isnull=False).exists()
    return [
        ChecklistItem(
            gettext_lazy("Contact: enter an e-mail address for questions and answers."),
            bool(conference.contact),
            conference_url,
        ),
        ChecklistItem(
            gettext_lazy("Retention: decide when personal data are erased."),
            registration.erase_on is not None,
            settings_url,
        ),
        ChecklistItem(gettext_lazy("Capacity: limit the places in person."), has_limit, settings_url),
        ChecklistItem(
            gettext_lazy("Privacy: let the person responsible for data protection read the privacy page."),
            PRIVACY in confirmed,
            privacy_url,
            PRIVACY,
        ),
        ChecklistItem(
            gettext_lazy("Sender: set EMAIL_URL and DEFAULT_FROM_EMAIL, so that e-mails reach people."),
            not settings.EMAIL_CONFIG["EMAIL_BACKEND"].endswith("console.EmailBackend"),
        ),
        ChecklistItem(
            gettext_lazy("Second factor: every organizer sets up an authenticator app or a passkey."),
            has_every_organizer_a_second_factor(),
            reverse("admin:auth_user_changelist"),
        ),
        ChecklistItem(
            gettext_lazy("Backup: back up the site every day, and try to restore a copy."),
            BACKUP in confirmed,
            "",
            BACKUP,
        ),
    ]


def has_every_organizer_a_second_factor() -> bool:
    secured = Authenticator.objects.filter(type__in=PRIMARY_FACTORS).values("user")
    return not User.objects.filter(is_staff=True, is_active=True).exclude(pk__in=secured).exists()


@require_POST
def confirm_setup_item(request: HttpRequest, item: str) -> HttpResponse:
    """Record that an item is done."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    if item not in CONFIRMABLE:
        raise Http404
    SetupConfirmation.objects.get_or_create(item=item, defaults={"confirmed_by": request.user})
    messages.success(request, _("Marked as done."))
    return redirect("admin:index")


def get_setup_urls() -> list:
    return [path("setup/<slug:item>/done/", admin.site.admin_view(confirm_setup_item), name="confirm_setup_item")]
