"""Every address of the organizers' desk, with a row in it where one belongs."""

import re
from functools import partial

from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import URLPattern, reverse

from conference.models import Conference
from conference.registration.models import Export, LetterText, Opening
from sessions.models import Release

from . import cast
from .organizers import a_page, a_partner, an_announcement, an_organizer, with_an_app
from .registration import cast as registering

# Pages about nothing in particular; each looks after itself.
GENERAL = {"index", "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n"}
GENERAL |= {"view_on_site", "app_list", None}

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
# What stands for a parameter that is no row's number.
SAMPLES = {"int": "1", "day": "2020-12-07", "date": "2020-12-07", "slug": "published"}


def one_of_everything():
    """A row of each kind that the desk shows, by its name in Django ("programme.session"). One session is published,
    the one called “Draft of a session” is not."""
    conference = Conference.objects.first() or cast.a_conference()
    session = cast.a_session("Published", room=cast.a_room(), parts=[("chair", cast.a_speaker())])
    cast.a_release()
    cast.a_session("Draft of a session")
    somebody = an_organizer()
    rows = [conference, session, session.room, cast.a_theme(), session.speakers.get(), Release.objects.get()]
    rows += [a_page(), a_partner(), an_announcement()]
    rows += [somebody, Group.objects.first(), somebody.emailaddress_set.get(), with_an_app(somebody)]
    rows += somebody_who_registers(by=somebody)
    return {row._meta.label_lower: row for row in rows}


def somebody_who_registers(*, by):
    """A registration that awaits a decision, what belongs to it, and all that the desk keeps beside it."""
    house, quota = registering.a_house(), registering.a_quota()
    category = registering.a_category("Media", needs_approval=True)
    registration = registering.a_registration(category=category, needs={"access": "A ramp", "diet": "No pork"})
    opening = Opening.objects.create(needs=registration.needs, by=by)
    export = Export.objects.create(by=by, format="csv", rows=1)
    letters = [*registration.letters.all()[:1], LetterText.objects.get_or_create(kind="received")[0]]
    return [house, quota, category, registration, registration.consent, registration.needs, opening, export, *letters]


def addresses(rows):
    """{(model, name in the admin): address} of every page that is about rows of a model; rows as made above."""
    # The map of the whole site is read first: it makes known what its addresses are made of.
    front_page = reverse("admin:index")
    return dict(_walk(admin.site.get_urls(), front_page, rows))


def _walk(patterns, prefix, rows):
    for entry in patterns:
        if not isinstance(entry, URLPattern):
            yield from _walk(entry.url_patterns, prefix + str(entry.pattern), rows)
        elif entry.name not in GENERAL:
            route = prefix + str(entry.pattern)
            model = ".".join(route.split("/")[2:4])
            yield (model, entry.name), PARAMETER.sub(partial(_sample, rows.get(model)), route)


def _sample(row, found):
    converter, name = found.groups()
    return SAMPLES.get(converter) or str(row.pk if row else name)
