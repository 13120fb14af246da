"""URLs of all admin pages, and an object of each model that they show."""

import re
from collections.abc import Iterator, Mapping
from functools import partial

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.urls import URLPattern, reverse

from conference.accounts.models import Invitation
from conference.mail.models import EmailTemplate
from conference.models import Conference
from conference.registration.models import (
    BadgeBatch,
    BadgeLayout,
    Certificate,
    CertificateSettings,
    CheckIn,
    CheckInDevice,
    Entrance,
    EventMove,
    ExportLog,
    NeedsAccessLog,
    Registration,
)
from sessions.models import Edition, Release

from . import factories
from .registration import factories as registration_factories
from .users import add_totp, make_announcement, make_country, make_organizer, make_page, make_partner

# Pages that belong to no model; they have their own tests.
SITE_WIDE_VIEWS = {"index", "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n"}
SITE_WIDE_VIEWS |= {"view_on_site", "app_list", "registration_period", "confirm_setup_item", None}
SITE_WIDE_VIEWS |= {"registration_attendance", "registration_attendance_export"}

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
# Values of parameters that are not the key of an object, by converter.
SAMPLE_PARAMETERS = {"int": "1", "day": "2020-12-07", "date": "2020-12-07", "slug": "published"}


def make_one_of_each_model() -> dict[str, Model]:
    """Create an object of each model in the admin and return them as {"programme.session": session, ...}.

    One session is published. A second one, “Draft of a session”, is not.
    """
    conference = Conference.objects.first() or factories.make_conference()
    session = factories.make_session(
        "Published", room=factories.make_room(), parts=[("chair", factories.make_speaker())]
    )
    factories.publish_release()
    factories.make_session("Draft of a session")
    user = make_organizer()
    objects = [conference, session, session.room, factories.make_theme(), session.speakers.get(), Release.objects.get()]
    objects += [make_page(), make_partner(), make_announcement(), make_country()]
    objects += [user, Group.objects.first(), user.emailaddress_set.get(), add_totp(user)]
    objects += [Invitation.objects.create(name="Hoa", email="hoa@people.example", token_hash="0")]
    objects += [make_edition(conference)]
    objects += make_registration_with_records(by=user)
    return {obj._meta.label_lower: obj for obj in objects}


def make_edition(conference: Conference) -> Edition:
    """Create a past edition that ended with the current release."""
    return Edition.objects.create(
        name_en=conference.name_en,
        first_day=conference.starts_on,
        last_day=conference.ends_on,
        release=Release.objects.get(),
    )


def make_registration_with_records(*, by: User) -> list[Model]:
    """Create a pending registration with its related objects, settings and log entries, and return all of them."""
    settings, quota = registration_factories.make_registration_settings(), registration_factories.make_quota()
    category = registration_factories.make_category("Media", needs_approval=True)
    registration = registration_factories.make_registration(
        category=category, special_needs={"access": "A ramp", "diet": "No pork"}
    )
    special_needs = registration.special_needs
    logs = [
        NeedsAccessLog.objects.create(special_needs=special_needs, by=by),
        ExportLog.objects.create(by=by, format="csv", rows=1),
    ]
    template, _created = EmailTemplate.objects.get_or_create(email_type="received")
    emails = [*registration.queued_emails.all()[:1], template]
    move = EventMove.objects.create(
        **dict.fromkeys(("from_first_day", "from_last_day", "first_day", "last_day"), quota.day), release_number=1
    )
    certificate = Certificate.objects.create(registration=registration, name=registration.passport_name)
    certificates = [certificate, CertificateSettings.objects.get_or_create(pk=1)[0]]
    badges = [BadgeLayout.get_default(), BadgeBatch.objects.create(number=0)]
    records = [*badges, *logs, *emails, *certificates, *make_check_in_with_device(registration)]
    return [settings, quota, category, registration, registration.consent_text, special_needs, move, *records]


def make_check_in_with_device(registration: Registration) -> list[Model]:
    """Create an entrance, a device and a check-in there, and return them."""
    entrance = Entrance.objects.create(name_en="North gate")
    device = CheckInDevice.objects.create(name="Tablet 1", entrance=entrance, token_hash="0")
    values = {"day": registration_factories.MONDAY, "at": registration.submitted_at}
    check_in = CheckIn.objects.create(registration=registration, entrance=entrance, device=device, **values)
    return [entrance, device, check_in]


def admin_urls_for(objects: Mapping[str, Model]) -> dict[tuple[str, str], str]:
    """Return {(model, URL name): URL} of all admin pages of models; objects as from make_one_of_each_model()."""
    # Resolving a name first loads the URL configuration, which registers the path converters.
    index_url = reverse("admin:index")
    return dict(walk_url_patterns(admin.site.get_urls(), index_url, objects))


def walk_url_patterns(patterns: list, prefix: str, objects: Mapping[str, Model]) -> Iterator[tuple]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if not isinstance(pattern, URLPattern):
            yield from walk_url_patterns(pattern.url_patterns, route, objects)
        elif pattern.name not in SITE_WIDE_VIEWS:
            model = ".".join(route.split("/")[2:4])
            yield (model, pattern.name), PARAMETER.sub(partial(sample_parameter, objects.get(model)), route)


def sample_parameter(obj: Model | None, match: re.Match) -> str:
    converter, name = match.groups()
    return SAMPLE_PARAMETERS.get(converter) or str(obj.pk if obj else name)
