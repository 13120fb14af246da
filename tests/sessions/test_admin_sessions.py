"""Tests of the admin of sessions, rooms and themes."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from conference.core.admin.model_admin import get_version_token
from sessions.models import Participation, Room, Session, Theme

from .. import factories
from ..core import admin_forms
from ..users import count_queries, empty_formsets, form_errors

MALICIOUS = '"><img src=x onerror=1>'
SESSIONS = "/admin/programme/session/"

pytestmark = pytest.mark.django_db


def make_form_data(**changes):
    """Return the data of the session form, with changes."""
    data = {
        "title_en": "Opening",
        "kind": "plenary",
        "status": "confirmed",
        "format": "both",
        "starts_at_0": "2020-12-07",
        "starts_at_1": "18:00",
        "ends_at_0": "2020-12-07",
        "ends_at_1": "19:30",
    }
    return data | empty_formsets("participations", "links") | changes


def get_html(response):
    return response.content.decode()


def get_titles(response):
    return {str(row) for row in response.context["cl"].queryset}


@pytest.mark.parametrize("model", ["session", "room", "theme", "release"])
@pytest.mark.parametrize("language", ["", "/vi"])
def test_change_list_in_each_language_is_shown(superuser_client, published, model, language):
    assert superuser_client.get(f"{language}/admin/programme/{model}/").status_code == 200


@pytest.fixture
def make_rows():
    """Return a function that creates n sessions, each with two speakers, a theme and a room."""

    def make(n):
        for _ in range(n):
            parts = [("chair", factories.make_speaker()), ("panellist", factories.make_speaker())]
            factories.make_session(room=factories.make_room(), themes=[factories.make_theme()], parts=parts)

    return make


@pytest.mark.slow
@pytest.mark.parametrize("model", ["session", "room", "theme"])
def test_change_list_query_count_is_independent_of_rows(superuser_client, make_rows, model):
    page = reverse(f"admin:programme_{model}_changelist")
    make_rows(1)
    small = count_queries(superuser_client, page)
    make_rows(29)
    assert count_queries(superuser_client, page) == small


def test_session_form_reads_times_in_conference_time_zone(superuser_client):
    superuser_client.post(f"{SESSIONS}add/", make_form_data())
    assert Session.objects.get().starts_at == factories.december(7, 18)


def test_session_form_reads_times_in_changed_time_zone(superuser_client, conference):
    conference.time_zone = "America/St_Johns"
    conference.save()
    superuser_client.post(f"{SESSIONS}add/", make_form_data())
    assert Session.objects.get().starts_at.isoformat() == "2020-12-07T21:30:00+00:00"


def test_session_form_names_time_zone(superuser_client):
    page = get_html(superuser_client.get(f"{SESSIONS}add/"))
    assert "All times: Ha Noi time (Asia/Ho_Chi_Minh, UTC+7)." in page
    assert page.count("Time in Asia/Ho_Chi_Minh.") == 2


def test_admin_request_resets_time_zone(superuser_client, conference):
    conference.time_zone = "Europe/Oslo"
    conference.save()
    superuser_client.get(SESSIONS)
    assert timezone.get_current_timezone_name() == "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize("end", ["18:00", "17:59"])
def test_session_form_with_end_before_start_shows_error(superuser_client, end):
    response = superuser_client.post(f"{SESSIONS}add/", make_form_data(ends_at_1=end))
    assert form_errors(response) == {"ends_at": ["The end must be after the start."]}


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Đường đến hòa bình", "duong-den-hoa-binh"),
        ("平和", "pinghe"),
        ("…", "session"),
        ("x" * 200, "x" * 95),
    ],
)
def test_session_form_without_slug_makes_slug_from_title(superuser_client, title, slug):
    superuser_client.post(f"{SESSIONS}add/", make_form_data(title_en=title, slug=""))
    assert Session.objects.get().slug == slug


def test_session_form_without_slug_makes_unique_slug(superuser_client):
    factories.make_session("Opening")
    factories.make_session("Opening, again", slug="opening-2")
    superuser_client.post(f"{SESSIONS}add/", make_form_data(slug=""))
    assert set(Session.objects.values_list("slug", flat=True)) == {"opening", "opening-2", "opening-3"}


def test_session_form_with_slug_keeps_it(superuser_client):
    superuser_client.post(f"{SESSIONS}add/", make_form_data(slug="first-evening"))
    assert Session.objects.get().slug == "first-evening"


def test_session_form_with_existing_slug_shows_error(superuser_client):
    factories.make_session("Opening")
    response = superuser_client.post(f"{SESSIONS}add/", make_form_data(title_en="Welcome", slug="opening"))
    assert form_errors(response) == {"slug": ["Another entry has this web address. Choose another one."]}


def test_session_form_with_existing_slug_of_its_title_numbers_it(superuser_client):
    factories.make_session("Opening")
    superuser_client.post(f"{SESSIONS}add/", make_form_data(slug="opening"))
    assert set(Session.objects.values_list("slug", flat=True)) == {"opening", "opening-2"}


def test_session_change_form_with_existing_slug_shows_error(superuser_client):
    factories.make_session("Opening")
    other = factories.make_session("Opening", slug="other")
    data = admin_forms.open_form(superuser_client, other) | {"slug": "opening"}
    response = superuser_client.post(admin_forms.change_url(other), data)
    assert list(form_errors(response)) == ["slug"]


@pytest.mark.parametrize("time", ["9:15 pm", "21.15", "21h15", "2115"])
def test_session_form_reads_times_as_typed(superuser_client, time):
    superuser_client.post(f"{SESSIONS}add/", make_form_data(starts_at_1=time, ends_at_1="22:00"))
    assert Session.objects.get().starts_at == factories.december(7, 21, 15)


def test_session_form_with_other_text_as_time_shows_example(superuser_client):
    response = superuser_client.post(f"{SESSIONS}add/", make_form_data(starts_at_1="evening"))
    [error] = form_errors(response)["starts_at"]
    assert "18:00" in error
    assert "evening" in get_html(response)


@pytest.mark.parametrize("end", [{"ends_at_0": "", "ends_at_1": ""}, {"ends_at_1": ""}])
@pytest.mark.parametrize(("kind", "hour", "minute"), [("plenary", 19, 30), ("break", 18, 30)])
def test_session_form_without_end_uses_usual_duration(superuser_client, end, kind, hour, minute):
    superuser_client.post(f"{SESSIONS}add/", make_form_data(kind=kind) | end)
    assert Session.objects.get().ends_at == factories.december(7, hour, minute)


def test_session_form_without_start_and_end_asks_for_both(superuser_client):
    empty = dict.fromkeys(["starts_at_0", "starts_at_1", "ends_at_0", "ends_at_1"], "")
    response = superuser_client.post(f"{SESSIONS}add/", make_form_data() | empty)
    assert set(form_errors(response)) == {"starts_at", "ends_at"}


def test_session_form_names_placeholder_in_one_step(superuser_client):
    session = factories.make_session(parts=[("chair", "To be named")])
    Participation.objects.update(placeholder_vi="Sẽ thông báo")
    linh = factories.make_speaker("Linh")
    data = admin_forms.open_form(superuser_client, session) | {"participations-0-speaker": str(linh.pk)}
    assert superuser_client.post(admin_forms.change_url(session), data).status_code == 302
    entry = Participation.objects.get()
    assert (entry.speaker, entry.placeholder_en, entry.placeholder_vi) == (linh, "", "")


def test_session_form_with_speaker_and_typed_placeholder_shows_error(superuser_client):
    session = factories.make_session()
    linh = factories.make_speaker("Linh")
    row = {"id": "", "session": session.pk, "role": "chair", "speaker": str(linh.pk), "placeholder_en": "Somebody"}
    data = admin_forms.open_form(superuser_client, session) | {"participations-TOTAL_FORMS": "1"}
    data |= {f"participations-0-{name}": value for name, value in row.items()}
    page = get_html(superuser_client.post(admin_forms.change_url(session), data))
    assert "Choose a speaker or enter a placeholder, not both." in page


def test_session_form_keeps_line_breaks(superuser_client):
    session = factories.make_session("Opening", description_en="One.\n\nTwo.", languages=["vi", "en"])
    data = make_form_data(slug="opening", description_en="One.\r\n\r\nTwo.", languages=["en", "vi"])
    superuser_client.post(f"{SESSIONS}{session.pk}/change/", data | {"token": get_version_token(session)})
    session.refresh_from_db()
    assert session.description_en == "One.\n\nTwo."


def test_session_form_sorts_languages(superuser_client):
    superuser_client.post(f"{SESSIONS}add/", make_form_data(languages=["vi", "en", "ar"]))
    assert Session.objects.get().languages == ["ar", "en", "vi"]


def test_session_form_with_unknown_language_shows_error(superuser_client):
    response = superuser_client.post(f"{SESSIONS}add/", make_form_data(languages=["en", "tlh"]))
    assert list(form_errors(response)) == ["languages"]


def make_participation_data(number, **changes):
    data = {"id": "", "session": "", "role": "chair", "speaker": "", "placeholder_en": "", "order": "0"}
    return {f"participations-{number}-{name}": value for name, value in (data | changes).items()}


def test_session_form_with_speaker_and_placeholder_shows_error(superuser_client):
    both = make_participation_data(0, speaker=str(factories.make_speaker().pk), placeholder_en="To be announced")
    data = make_form_data() | both | {"participations-TOTAL_FORMS": "1"}
    page = get_html(superuser_client.post(f"{SESSIONS}add/", data))
    assert "Choose a speaker or enter a placeholder, not both." in page
    assert not Session.objects.exists()


@pytest.mark.slow
def test_session_form_with_duplicate_participation_saves_nothing(superuser_client):
    linh = str(factories.make_speaker().pk)
    data = (
        make_form_data()
        | make_participation_data(0, speaker=linh)
        | make_participation_data(1, speaker=linh)
        | {"participations-TOTAL_FORMS": "2"}
    )
    assert superuser_client.post(f"{SESSIONS}add/", data).status_code == 200
    assert not Participation.objects.exists()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://files.example/"])
def test_session_form_with_unsafe_link_saves_nothing(superuser_client, url):
    link = {"links-0-kind": "document", "links-0-url": url, "links-0-order": "0", "links-TOTAL_FORMS": "1"}
    assert superuser_client.post(f"{SESSIONS}add/", make_form_data() | link).status_code == 200
    assert not Session.objects.exists()


def test_change_form_links_to_published_page_only(superuser_client, published):
    opening = Session.objects.get(slug="opening")
    secret = Session.objects.get(status="draft")
    assert 'href="/sessions/opening/"' in get_html(superuser_client.get(f"{SESSIONS}{opening.pk}/change/"))
    assert 'class="viewsitelink"' not in get_html(superuser_client.get(f"{SESSIONS}{secret.pk}/change/"))


def test_change_form_of_renamed_session_links_to_published_url(superuser_client, published):
    opening = Session.objects.get(slug="opening")
    opening.slug = "renamed"
    opening.save()
    assert 'href="/sessions/opening/"' in get_html(superuser_client.get(f"{SESSIONS}{opening.pk}/change/"))


@pytest.mark.parametrize("query", ["HOA binh", "dam phan", "Linh"])
def test_change_list_search_ignores_accents(superuser_client, query):
    factories.make_session("One", title_vi="Hòa bình và đàm phán", parts=[("chair", factories.make_speaker("Linh"))])
    factories.make_session("Two")
    assert get_titles(superuser_client.get(SESSIONS, {"q": query})) == {"One"}


def test_change_list_shows_speaker_names(superuser_client):
    names = ["Ann", "Bea", "Cam", "Dao", "Eva"]
    factories.make_session("Opening", parts=[("panellist", factories.make_speaker(name)) for name in names])
    factories.make_session("Panel", parts=[("panellist", "A guest to be announced")])
    page = get_html(superuser_client.get(SESSIONS))
    assert "Ann, Bea and 3 more" in page
    assert "A guest to be announced" in page


def test_change_list_filters_sessions(superuser_client):
    room, theme = factories.make_room(), factories.make_theme()
    factories.make_session("This one", status="tentative", kind="workshop", room=room, themes=[theme])
    factories.make_session("That one")
    for query in (
        {"status__exact": "tentative"},
        {"kind__exact": "workshop"},
        {"room__id__exact": room.pk},
        {"themes__id__exact": theme.pk},
    ):
        assert get_titles(superuser_client.get(SESSIONS, query)) == {"This one"}


def test_change_list_shows_date_of_end(superuser_client):
    factories.make_session("Vigil", starts_at=factories.december(7, 22), ends_at=factories.december(8, 2))
    assert 'value="2020-12-08 02:00"' in get_html(superuser_client.get(SESSIONS))


@pytest.mark.parametrize(
    "query",
    [
        "e=1",
        "p=99999999999999999999",
        "o=9.9.x",
        "starts_at__year=99999",
        "starts_at__day=x",
        "q=%00",
        "room__id__exact=x",
    ],
)
def test_change_list_with_invalid_query_does_not_fail(superuser_client, query):
    assert superuser_client.get(f"{SESSIONS}?{query}", follow=True).status_code in (200, 400)


def test_delete_room_in_use_shows_sessions_and_keeps_room(superuser_client):
    session = factories.make_session("Opening", room=factories.make_room("Main Hall"))
    page = reverse("admin:programme_room_delete", args=[session.room.pk])
    assert "Opening" in get_html(superuser_client.get(page))
    assert superuser_client.post(page, {"post": "yes"}).status_code == 200
    assert Room.objects.count() == 1


def test_delete_unused_room_deletes_it(superuser_client):
    superuser_client.post(reverse("admin:programme_room_delete", args=[factories.make_room().pk]), {"post": "yes"})
    assert not Room.objects.exists()


@pytest.mark.parametrize("make", [factories.make_session, factories.make_room, factories.make_theme])
@pytest.mark.parametrize("page", ["changelist", "change", "delete", "history"])
def test_admin_pages_escape_names(superuser_client, make, page):
    row = make(MALICIOUS, slug="malicious")
    args = [] if page == "changelist" else [row.pk]
    text = get_html(superuser_client.get(reverse(f"admin:programme_{row._meta.model_name}_{page}", args=args)))
    assert escape(MALICIOUS) in text
    assert "<img src=x" not in text


def test_delete_selected_page_escapes_names(superuser_client):
    row = factories.make_session(MALICIOUS, slug="malicious")
    text = get_html(superuser_client.post(SESSIONS, {"action": "delete_selected", "_selected_action": [row.pk]}))
    assert escape(MALICIOUS) in text
    assert "<img src=x" not in text


@pytest.mark.slow
def test_admin_pages_have_no_inline_code(superuser_client, published):
    session = Session.objects.get(slug="opening")
    for page in ("/admin/", SESSIONS, f"{SESSIONS}{session.pk}/change/", f"{SESSIONS}{session.pk}/delete/"):
        text = get_html(superuser_client.get(page))
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
        assert not "".join(re.findall(r"<script[^>]*>([^<]*)", text)).strip()


def test_theme_form_without_slug_makes_slug(superuser_client):
    data = {"name_en": "Funding", "name_vi": "Nguồn lực", "colour": "amber", "sign": "4", "slug": "", "number": "4"}
    superuser_client.post("/admin/programme/theme/add/", data)
    assert Theme.objects.get().slug == "funding"


def test_room_form_without_order_places_room_last(superuser_client):
    factories.make_room("Plenary hall", order=3)
    superuser_client.post("/admin/programme/room/add/", {"name_en": "Annex", "slug": "", "order": ""})
    assert [room.name_en for room in Room.objects.all()] == ["Plenary hall", "Annex"]


def test_session_form_without_order_places_new_participations_last(superuser_client):
    session = factories.make_session("Opening", parts=[("chair", "Chair, to be named"), ("panellist", "First")])
    data = admin_forms.open_form(superuser_client, session)
    for number, name in ((2, "Second"), (3, "Third")):
        row = {"id": "", "session": session.pk, "role": "panellist", "placeholder_en": name, "order": ""}
        data |= {f"participations-{number}-{key}": value for key, value in row.items()}
    superuser_client.post(admin_forms.change_url(session), data | {"participations-TOTAL_FORMS": "4"})
    names = [entry.placeholder_en for entry in session.participations.all()]
    assert names == ["Chair, to be named", "First", "Second", "Third"]
