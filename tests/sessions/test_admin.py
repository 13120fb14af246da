"""The programme at the organizers' desk."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from conference.core.admin import get_version_token
from sessions.models import Participation, Room, Session, Theme

from .. import factories
from ..users import admin_client_for, count_queries, empty_formsets, form_errors, make_superuser

HOSTILE = '"><img src=x onerror=1>'
SESSIONS = "/admin/programme/session/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(conference):
    return admin_client_for(make_superuser())


def filled_in(**changes):
    """The form of a session as somebody sends it."""
    facts = {
        "title_en": "Opening",
        "kind": "plenary",
        "status": "confirmed",
        "format": "both",
        "starts_at_0": "2020-12-07",
        "starts_at_1": "18:00",
        "ends_at_0": "2020-12-07",
        "ends_at_1": "19:30",
    }
    return facts | empty_formsets("participations", "links") | changes


def shown(response):
    return response.content.decode()


def titles(response):
    return {str(row) for row in response.context["cl"].queryset}


@pytest.mark.parametrize("model", ["session", "room", "theme", "release"])
@pytest.mark.parametrize("language", ["", "/vi"])
def test_every_list_opens_in_both_languages(desk, published, model, language):
    assert desk.get(f"{language}/admin/programme/{model}/").status_code == 200


@pytest.fixture
def many():
    """More and more rows of everything, each session with speakers, a theme and a room."""

    def make(n):
        for _ in range(n):
            parts = [("chair", factories.make_speaker()), ("panellist", factories.make_speaker())]
            factories.make_session(room=factories.make_room(), themes=[factories.make_theme()], parts=parts)

    return make


@pytest.mark.parametrize("model", ["session", "room", "theme"])
def test_a_list_asks_as_often_for_thirty_rows_as_for_one(desk, many, model):
    page = reverse(f"admin:programme_{model}_changelist")
    many(1)
    for_one = count_queries(desk, page)
    many(29)
    assert count_queries(desk, page) == for_one


def test_times_are_read_on_the_conferences_clock(desk):
    desk.post(f"{SESSIONS}add/", filled_in())
    assert Session.objects.get().starts_at == factories.december(7, 18)


def test_times_are_read_on_the_conferences_clock_wherever_it_is(desk, conference):
    conference.time_zone = "America/St_Johns"
    conference.save()
    desk.post(f"{SESSIONS}add/", filled_in())
    assert Session.objects.get().starts_at.isoformat() == "2020-12-07T21:30:00+00:00"


def test_the_clock_is_named_on_the_page_and_at_each_time(desk):
    page = shown(desk.get(f"{SESSIONS}add/"))
    assert "All times: Ha Noi time (Asia/Ho_Chi_Minh, UTC+7)." in page
    assert page.count("Time in Asia/Ho_Chi_Minh.") == 2


def test_the_desks_clock_is_not_left_behind_for_the_next_page(desk, conference):
    conference.time_zone = "Europe/Oslo"
    conference.save()
    desk.get(SESSIONS)
    assert timezone.get_current_timezone_name() == "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize("end", ["18:00", "17:59"])
def test_an_end_that_is_not_after_the_start_is_told_at_the_end(desk, end):
    response = desk.post(f"{SESSIONS}add/", filled_in(ends_at_1=end))
    assert form_errors(response) == {"ends_at": ["The end must be after the start."]}


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Đường đến hòa bình", "duong-den-hoa-binh"),
        ("Women, Peace & Security!", "women-peace-security"),
        ("平和", "session"),
        ("x" * 200, "x" * 95),
    ],
)
def test_an_empty_address_is_made_from_the_title(desk, title, slug):
    desk.post(f"{SESSIONS}add/", filled_in(title_en=title, slug=""))
    assert Session.objects.get().slug == slug


def test_an_address_that_is_made_is_nobody_elses(desk):
    factories.make_session("Opening")
    factories.make_session("Opening, again", slug="opening-2")
    desk.post(f"{SESSIONS}add/", filled_in(slug=""))
    assert set(Session.objects.values_list("slug", flat=True)) == {"opening", "opening-2", "opening-3"}


def test_an_address_that_somebody_wrote_stays(desk):
    desk.post(f"{SESSIONS}add/", filled_in(slug="first-evening"))
    assert Session.objects.get().slug == "first-evening"


def test_an_address_of_another_session_is_refused(desk):
    factories.make_session("Opening")
    response = desk.post(f"{SESSIONS}add/", filled_in(slug="opening"))
    assert list(form_errors(response)) == ["slug"]


def test_saving_what_was_not_touched_changes_nothing(desk):
    session = factories.make_session("Opening", description_en="One.\n\nTwo.", languages=["vi", "en"])
    sent = filled_in(slug="opening", description_en="One.\r\n\r\nTwo.", languages=["en", "vi"])
    desk.post(f"{SESSIONS}{session.pk}/change/", sent | {"token": get_version_token(session)})
    session.refresh_from_db()
    assert session.description_en == "One.\n\nTwo."


def test_languages_are_kept_in_their_own_order(desk):
    desk.post(f"{SESSIONS}add/", filled_in(languages=["vi", "en", "ar"]))
    assert Session.objects.get().languages == ["ar", "en", "vi"]


def test_a_language_that_nobody_offers_is_refused(desk):
    response = desk.post(f"{SESSIONS}add/", filled_in(languages=["en", "tlh"]))
    assert list(form_errors(response)) == ["languages"]


def part(number, **changes):
    facts = {"id": "", "session": "", "role": "chair", "speaker": "", "placeholder_en": "", "order": "0"}
    return {f"participations-{number}-{name}": value for name, value in (facts | changes).items()}


def test_a_part_has_a_speaker_or_awaits_one(desk):
    both = part(0, speaker=str(factories.make_speaker().pk), placeholder_en="To be announced")
    sent = filled_in() | both | {"participations-TOTAL_FORMS": "1"}
    page = shown(desk.post(f"{SESSIONS}add/", sent))
    assert "Choose a speaker or enter a placeholder, not both." in page
    assert not Session.objects.exists()


def test_a_speaker_has_a_role_once(desk):
    linh = str(factories.make_speaker().pk)
    sent = filled_in() | part(0, speaker=linh) | part(1, speaker=linh) | {"participations-TOTAL_FORMS": "2"}
    assert desk.post(f"{SESSIONS}add/", sent).status_code == 200
    assert not Participation.objects.exists()


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "ftp://files.example/"])
def test_a_link_leads_to_the_web_and_nowhere_else(desk, address):
    link = {"links-0-kind": "document", "links-0-url": address, "links-0-order": "0", "links-TOTAL_FORMS": "1"}
    assert desk.post(f"{SESSIONS}add/", filled_in() | link).status_code == 200
    assert not Session.objects.exists()


def test_a_session_shows_its_page_once_it_is_published(desk, published):
    opening = Session.objects.get(slug="opening")
    secret = Session.objects.get(status="draft")
    assert 'href="/sessions/opening/"' in shown(desk.get(f"{SESSIONS}{opening.pk}/change/"))
    assert 'class="viewsitelink"' not in shown(desk.get(f"{SESSIONS}{secret.pk}/change/"))


def test_a_renamed_session_shows_the_page_that_is_there(desk, published):
    opening = Session.objects.get(slug="opening")
    opening.slug = "renamed"
    opening.save()
    assert 'href="/sessions/opening/"' in shown(desk.get(f"{SESSIONS}{opening.pk}/change/"))


@pytest.mark.parametrize("words", ["hoa binh", "HÒA bình", "dam phan", "Linh"])
def test_a_search_does_not_mind_marks(desk, words):
    factories.make_session("One", title_vi="Hòa bình và đàm phán", parts=[("chair", factories.make_speaker("Linh"))])
    factories.make_session("Two")
    assert titles(desk.get(SESSIONS, {"q": words})) == {"One"}


def test_the_list_tells_who_speaks(desk):
    names = ["Ann", "Bea", "Cam", "Dao", "Eva"]
    factories.make_session("Opening", parts=[("panellist", factories.make_speaker(name)) for name in names])
    factories.make_session("Panel", parts=[("panellist", "A guest to be announced")])
    page = shown(desk.get(SESSIONS))
    assert "Ann, Bea and 3 more" in page
    assert "A guest to be announced" in page


def test_the_list_is_narrowed_by_status_kind_room_and_theme(desk):
    room, theme = factories.make_room(), factories.make_theme()
    factories.make_session("This one", status="tentative", kind="workshop", room=room, themes=[theme])
    factories.make_session("That one")
    for narrowing in (
        {"status__exact": "tentative"},
        {"kind__exact": "workshop"},
        {"room__id__exact": room.pk},
        {"themes__id__exact": theme.pk},
    ):
        assert titles(desk.get(SESSIONS, narrowing)) == {"This one"}


def test_a_session_over_midnight_tells_on_which_day_it_ends(desk):
    factories.make_session("Vigil", starts_at=factories.december(7, 22), ends_at=factories.december(8, 2))
    assert 'value="2020-12-08 02:00"' in shown(desk.get(SESSIONS))


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
def test_a_strange_query_of_a_list_is_no_error(desk, query):
    assert desk.get(f"{SESSIONS}?{query}", follow=True).status_code in (200, 400)


def test_a_room_in_use_is_not_deleted_and_the_page_says_by_what(desk):
    session = factories.make_session("Opening", room=factories.make_room("Main Hall"))
    page = reverse("admin:programme_room_delete", args=[session.room.pk])
    assert "Opening" in shown(desk.get(page))
    assert desk.post(page, {"post": "yes"}).status_code == 200
    assert Room.objects.count() == 1


def test_a_room_that_nothing_needs_is_deleted(desk):
    desk.post(reverse("admin:programme_room_delete", args=[factories.make_room().pk]), {"post": "yes"})
    assert not Room.objects.exists()


@pytest.mark.parametrize("make", [factories.make_session, factories.make_room, factories.make_theme])
@pytest.mark.parametrize("page", ["changelist", "change", "delete", "history"])
def test_a_hostile_name_is_text_on_every_page(desk, make, page):
    row = make(HOSTILE, slug="hostile")
    args = [] if page == "changelist" else [row.pk]
    text = shown(desk.get(reverse(f"admin:programme_{row._meta.model_name}_{page}", args=args)))
    assert escape(HOSTILE) in text
    assert "<img src=x" not in text


def test_a_hostile_name_is_text_when_several_are_deleted(desk):
    row = factories.make_session(HOSTILE, slug="hostile")
    text = shown(desk.post(SESSIONS, {"action": "delete_selected", "_selected_action": [row.pk]}))
    assert escape(HOSTILE) in text
    assert "<img src=x" not in text


def test_no_page_of_the_desk_has_a_script_or_style_of_its_own(desk, published):
    session = Session.objects.get(slug="opening")
    for page in ("/admin/", SESSIONS, f"{SESSIONS}{session.pk}/change/", f"{SESSIONS}{session.pk}/delete/"):
        text = shown(desk.get(page))
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
        assert not "".join(re.findall(r"<script[^>]*>([^<]*)", text)).strip()


def test_a_theme_is_added_with_an_address_of_its_own(desk):
    facts = {"name_en": "Funding", "name_vi": "Nguồn lực", "colour": "amber", "sign": "4", "slug": "", "number": "4"}
    desk.post("/admin/programme/theme/add/", facts)
    assert Theme.objects.get().slug == "funding"
