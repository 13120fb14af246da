"""Configuration of the scanner's scripts: URLs, texts in the active language, entrances and the day."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy

from conference.core.i18n.text import LocalizedText

from ..days import conference_time_zone, current_day
from ..models import Entrance
from .access import Access
from .answers import BAD, HEADINGS, NOT_OVERRIDABLE, SIGNS, TONES, format_day
from .installation import WASM

# Texts that scripts show, also without a network. Placeholders look like %(name)s.
TEXTS: dict[str, str | Promise] = {
    # Answers from the stored list
    "already_in": gettext_lazy("Already in since %(time)s at %(entrance)s"),
    "not_today": gettext_lazy("Not today: %(days)s"),
    "not_in_list": gettext_lazy("Not in the list of %(time)s. The ticket may be newer than the list."),
    "left": gettext_lazy("Checked out"),
    "let_in": gettext_lazy("Let in"),
    "undone": gettext_lazy("Undone"),
    # Search
    "people_found": gettext_lazy("People found: %(number)s"),
    "nobody_found": gettext_lazy("No one found."),
    "inside": gettext_lazy("Already in"),
    # Network and queue
    "online": gettext_lazy("Online. List of %(list)s."),
    "online_without_list": gettext_lazy("Online."),
    "offline": gettext_lazy("Offline since %(since)s. List of %(list)s, %(minutes)s min old."),
    "offline_without_list": gettext_lazy("Offline since %(since)s. There is no list on this device."),
    "queue_length": gettext_lazy("Not sent yet: %(number)s"),
    "let_in_offline": gettext_lazy("Recorded on this device at %(time)s without a network."),
    # Problems
    "refused": gettext_lazy("Not possible"),
    "no_answer": gettext_lazy("No answer from the site"),
    "no_answer_detail": gettext_lazy("Nothing was recorded. Check the network and try again."),
    "failed": gettext_lazy("Something went wrong"),
    "failed_detail": gettext_lazy("Nothing was recorded. Reload the page and try again."),
    "signed_out": gettext_lazy("You are signed out. Sign in again; what is not sent yet stays on this device."),
    "revoked": gettext_lazy("The access of this device has ended. All data on it were erased."),
    "sign_out_offline": gettext_lazy("All data on this device were erased. Sign out again when there is a network."),
    "note_saved": gettext_lazy("The note is saved."),
    # Camera
    "camera_denied": gettext_lazy(
        "The browser may not use the camera. Allow it in the settings of the browser, or type."
    ),
    "camera_missing": gettext_lazy("There is no camera. Type the number or the name, or use a scanner."),
    "camera_busy": gettext_lazy("Another application uses the camera. Close it and try again."),
    "camera_failed": gettext_lazy("The camera could not be started. Type the number or the name."),
    "camera_insecure": gettext_lazy("The camera needs a secure connection (https). Type the number or the name."),
}
URL_NAMES = {
    "page": "check_in:page",
    "scan": "check_in:scan",
    "people": "check_in:people",
    "undo": "check_in:undo",
    "note": "check_in:note",
    "list": "check_in:list",
    "sync": "check_in:sync",
    "service_worker": "check_in:service_worker",
    "decoder": "check_in:decoder",
}


def build_config(request: HttpRequest, access: Access) -> dict[str, Any]:
    """Return what the scripts of the page need, ready for JSON."""
    return {
        "urls": {name: reverse(url_name) for name, url_name in URL_NAMES.items()} | {"wasm": static(WASM)},
        "texts": {name: str(text) for name, text in TEXTS.items()},
        "verdicts": {
            verdict.value: {
                "tone": TONES.get(verdict, BAD),
                "heading": str(heading),
                "is_overridable": verdict not in NOT_OVERRIDABLE,
            }
            for verdict, heading in HEADINGS.items()
        },
        "signs": SIGNS,
        "entrances": [describe_entrance(entrance) for entrance in access.entrances],
        "entrance": access.device.entrance_id if access.device else None,
        "day_label": format_day(current_day()),
        "time_zone": str(conference_time_zone()),
        "can_override": access.can_override,
        "language": get_language(),
        "ticket_url_prefix": f"{settings.SITE_URL}/ticket/",
    }


def describe_entrance(entrance: Entrance) -> dict[str, Any]:
    session = entrance.session
    return {
        "id": entrance.pk,
        "name": str(entrance),
        "session": str(LocalizedText.of(session, "title")) if session else None,
        # Empty if all categories may use the entrance.
        "categories": [category.pk for category in entrance.categories.all()],
    }
