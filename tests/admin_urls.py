"""Every address of the organizers' desk, with a row in it where one belongs."""

import re
from functools import partial

from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import URLPattern, reverse

from conference.mail.models import EmailTemplate
from conference.models import Conference
from conference.registration.models import ExportLog, NeedsAccessLog
from sessions.models import Release

from . import factories
from .registration import factories as registering
from .users import add_totp, make_announcement, make_organizer, make_page, make_partner

# Pages about nothing in particular; each looks after itself.
SITE_WIDE_VIEWS = {"index", "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n"}
SITE_WIDE_VIEWS |= {"view_on_site", "app_list", None}

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
# What stands for a parameter that is no row's number.
SAMPLE_PARAMETERS = {"int": "1", "day": "2020-12-07", "date": "2020-12-07", "slug": "published"}


def make_one_of_each_model():
    """A row of each kind that the desk shows, by its name in Django ("programme.session"). One session is published,
    the one called “Draft of a session” is not."""
    conference = Conference.objects.first() or factories.make_conference()
    session = factories.make_session(
        "Published", room=factories.make_room(), parts=[("chair", factories.make_speaker())]
    )
    factories.publish_release()
    factories.make_session("Draft of a session")
    somebody = make_organizer()
    rows = [conference, session, session.room, factories.make_theme(), session.speakers.get(), Release.objects.get()]
    rows += [make_page(), make_partner(), make_announcement()]
    rows += [somebody, Group.objects.first(), somebody.emailaddress_set.get(), add_totp(somebody)]
    rows += make_registration_with_records(by=somebody)
    return {row._meta.label_lower: row for row in rows}


def make_registration_with_records(*, by):
    """A registration that awaits a decision, what belongs to it, and all that the desk keeps beside it."""
    house, quota = registering.make_registration_settings(), registering.make_quota()
    category = registering.make_category("Media", needs_approval=True)
    registration = registering.make_registration(
        category=category, special_needs={"access": "A ramp", "diet": "No pork"}
    )
    opening = NeedsAccessLog.objects.create(special_needs=registration.special_needs, by=by)
    export = ExportLog.objects.create(by=by, format="csv", rows=1)
    letters = [*registration.queued_emails.all()[:1], EmailTemplate.objects.get_or_create(email_type="received")[0]]
    return [
        house,
        quota,
        category,
        registration,
        registration.consent_text,
        registration.special_needs,
        opening,
        export,
        *letters,
    ]


def admin_urls_for(rows):
    """{(model, name in the admin): address} of every page that is about rows of a model; rows as made above."""
    # The map of the whole site is read first: it makes known what its addresses are made of.
    front_page = reverse("admin:index")
    return dict(walk_url_patterns(admin.site.get_urls(), front_page, rows))


def walk_url_patterns(patterns, prefix, rows):
    for entry in patterns:
        if not isinstance(entry, URLPattern):
            yield from walk_url_patterns(entry.url_patterns, prefix + str(entry.pattern), rows)
        elif entry.name not in SITE_WIDE_VIEWS:
            route = prefix + str(entry.pattern)
            model = ".".join(route.split("/")[2:4])
            yield (model, entry.name), PARAMETER.sub(partial(sample_parameter, rows.get(model)), route)


def sample_parameter(row, found):
    converter, name = found.groups()
    return SAMPLE_PARAMETERS.get(converter) or str(row.pk if row else name)
