"""Configuration of the scanner's scripts: URLs, texts in the active language, entrances and the day."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language

from conference.core.i18n.text import LocalizedText

from ..days import conference_time_zone
from ..models import Entrance
from .access import Access
from .answers import BAD, HEADINGS, SIGNS, TONES, format_day
from .browser_texts import TEXTS
from .days import current_day
from .installation import WASM

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
    day = current_day()
    return {
        "urls": {name: reverse(url_name) for name, url_name in URL_NAMES.items()} | {"wasm": static(WASM)},
        "texts": {name: str(text) for name, text in TEXTS.items()},
        "verdicts": {
            verdict.value: {"tone": TONES.get(verdict, BAD), "heading": str(heading)}
            for verdict, heading in HEADINGS.items()
        },
        "signs": SIGNS,
        "entrances": [describe_entrance(entrance) for entrance in access.entrances],
        "entrance": access.device.entrance_id if access.device else None,
        "operator": str(access.operator),
        "is_device": access.device is not None,
        "day": day.isoformat(),
        "day_label": format_day(day),
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
