"""What is on the badge of one person, whatever its layout."""

import datetime
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from django.db.models import Prefetch, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from conference.core.i18n.countries import get_country_name
from conference.core.i18n.text import LANGUAGES, LocalizedText

from ..formatting import format_days
from ..models import BadgeLayout, Registration, Ticket
from ..tickets.issuance import short_code, validation_url

SEPARATOR = " · "


@dataclass(frozen=True)
class BadgeContent:
    """Texts of a badge in the languages of its layout. photo is the hash of the photo, or an empty string."""

    name: str
    organization: str
    function: str
    country: str
    category: str
    category_color: str
    days: str
    code: str
    ticket_number: str
    has_access_sign: bool = False
    photo: str = ""

    def digest(self) -> str:
        content = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def has_badge(registration: Registration) -> bool:
    """Return whether the person is admitted in person on any day: others do not enter and get no badge."""
    return bool(get_badge_days(registration))


def get_badge_days(registration: Registration) -> tuple[datetime.date, ...]:
    return registration.check_admission().days


def with_badge_data(registrations: QuerySet[Registration]) -> QuerySet[Registration]:
    """Return the registrations with what their badges need, without the data of photos."""
    valid_tickets = Prefetch("tickets", Ticket.objects.valid(), to_attr="valid_tickets")
    return (
        registrations.select_related("category", "special_needs", "badge_photo", "user")
        .defer("badge_photo__data", "special_needs__access", "special_needs__diet")
        .prefetch_related("seats", valid_tickets)
    )


def build_content(registration: Registration, languages: Sequence[str] = LANGUAGES) -> BadgeContent:
    """Return the content of a badge. Without a valid ticket, it has no code; see issue_missing_tickets()."""
    ticket = find_valid_ticket(registration)
    needs, photo = getattr(registration, "special_needs", None), getattr(registration, "badge_photo", None)
    category, days = registration.category, get_badge_days(registration)
    return BadgeContent(
        name=registration.badge_name,
        organization=registration.organization,
        function=registration.function,
        country=in_languages(languages, lambda: registration.country_name),
        category=in_languages(languages, lambda: str(LocalizedText.of(category, "name"))),
        category_color=category.color,
        days=in_languages(languages, lambda: format_days(days)),
        code=validation_url(ticket) if ticket else "",
        ticket_number=short_code(ticket) if ticket else "",
        has_access_sign=bool(needs and needs.show_on_badge),
        photo=photo.digest if photo else "",
    )


def find_valid_ticket(registration: Registration) -> Ticket | None:
    if hasattr(registration, "valid_tickets"):
        return next(iter(registration.valid_tickets), None)
    return registration.tickets.valid().first()


def get_languages(layout: BadgeLayout, registration: Registration) -> tuple[str, ...]:
    return LANGUAGES if layout.language == BadgeLayout.Language.ALL else (registration.email_language,)


def in_languages(languages: Iterable[str], get_text: Callable[[], object]) -> str:
    """Return a text in each of the languages, once if it is the same."""
    texts = []
    for language in languages:
        with translation.override(language):
            texts.append(str(get_text()))
    return SEPARATOR.join(dict.fromkeys(text for text in texts if text))


def sample_contents() -> dict[str, tuple[str, BadgeContent]]:
    """Return {key: (label, content)} of examples for the preview of a layout."""
    common = {
        "function": "Director-General",
        "category": in_languages(LANGUAGES, lambda: _("Delegation")),
        "category_color": "#0b5f6b",
        "days": in_languages(LANGUAGES, lambda: format_days(datetime.date(2020, 12, day) for day in (7, 8, 9))),
        "code": "https://conference.example/ticket/" + "x" * 66,
        "ticket_number": "67D7 5254",
        "has_access_sign": True,
        "photo": "sample",
    }
    viet_nam = in_languages(LANGUAGES, lambda: get_country_name("VN"))
    egypt = in_languages(LANGUAGES, lambda: get_country_name("EG"))
    return {
        "short": (
            _("Short name"),
            BadgeContent("Nguyễn Thị Ánh Tuyết", "Ministry of Foreign Affairs", country=viet_nam, **common),
        ),
        "long": (
            _("Long name"),
            BadgeContent(
                "Dr. Maria-Magdalena Konstantinopoulou-Papadopoulou de la Fuente y Villanueva III",
                "United Nations Entity for Gender Equality and the Empowerment of Women, Regional Office for Asia and "
                "the Pacific, Bangkok, Peace and Security Section",
                country=viet_nam,
                **common,
            ),
        ),
        "other": (
            _("Other scripts"),
            BadgeContent("مريم الأنصاري · 王小明", "الأمم المتحدة · 联合国", country=egypt, **common),
        ),
    }
