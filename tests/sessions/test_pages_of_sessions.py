"""What pages of the programme show of a session: on now, its stream, breaks, cancellations and the time zone."""

import re

import pytest
import time_machine

from .. import factories
from ..factories import december, make_room, make_session, publish_release
from ..users import admin_client_for, make_organizer

pytestmark = pytest.mark.django_db

STREAM = "https://stream.example/live"
STREAM_LINK = f'<a class="button button-strong" href="{STREAM}"'


def get_page(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def evening(conference):
    """Publish a plenary with a stream, then a break, an exhibition during both, and another plenary."""
    hall = make_room("Hall", order=1)
    make_session("First", room=hall, links=[("stream", STREAM)], starts_at=december(7, 18), ends_at=december(7, 19))
    make_session("Coffee", kind="break", starts_at=december(7, 19), ends_at=december(7, 20))
    make_session("Mines", kind="exhibition", starts_at=december(7, 18), ends_at=december(7, 22))
    make_session("Second", room=hall, starts_at=december(7, 20), ends_at=december(7, 21))
    return publish_release()


# Now and next


@pytest.mark.parametrize("page", ["/", "/programme/", "/programme/2020-12-08/", "/sessions/first/", "/vi/programme/"])
def test_page_links_to_the_stream_while_the_session_is_on(client, evening, page):
    with time_machine.travel(december(7, 18, 30), tick=False):
        html = get_page(client, page)
    assert STREAM_LINK in html
    assert re.search(r'class="status status-on">(On now|Đang diễn ra)<', html)


@pytest.mark.parametrize("page", ["/", "/programme/2020-12-08/"])
def test_page_does_not_link_to_the_stream_before_and_after(client, evening, page):
    for now in (december(7, 17, 59), december(7, 19)):
        with time_machine.travel(now, tick=False):
            assert STREAM_LINK not in get_page(client, page)


def test_session_page_is_marked_while_the_session_is_on_only(client, evening):
    shown = []
    for now in (december(7, 17, 59), december(7, 18), december(7, 19)):
        with time_machine.travel(now, tick=False):
            shown.append("status-on" in get_page(client, "/sessions/first/"))
    assert shown == [False, True, False]


def test_stored_agenda_is_replaced_when_the_session_starts_and_ends(client, evening):
    pages = []
    with time_machine.travel(december(7, 17, 59), tick=False) as clock:
        for _ in range(3):
            pages.append(get_page(client, "/programme/"))
            clock.shift(60)
    assert pages[1] == pages[2] != pages[0]


def test_agenda_during_a_break_shows_the_next_session(client, evening):
    with time_machine.travel(december(7, 19, 30), tick=False):
        html = get_page(client, "/programme/")
    band = html[html.index("now-band") : html.index('<nav class="days"')]
    assert "/sessions/second/" in band
    assert "/sessions/mines/" in band
    assert "Coffee" not in band


def test_agenda_before_and_after_the_conference_has_no_now_and_next(client, evening):
    for now in (december(6, 12), december(10, 12)):
        with time_machine.travel(now, tick=False):
            assert "now-band" not in get_page(client, "/programme/")


def test_session_on_after_the_midnight_of_the_last_day_is_on_the_agenda(client, conference):
    make_session("Late", starts_at=december(9, 23), ends_at=december(10, 1))
    publish_release()
    with time_machine.travel(december(10, 0, 30), tick=False):
        assert "now-band" in get_page(client, "/programme/")


def test_several_streams_are_named_by_their_labels(client, conference):
    session = make_session("First", links=[("stream", STREAM), ("stream", "https://stream.example/vi")])
    for link, label in zip(session.links.order_by("pk"), ("Floor", "Vietnamese"), strict=True):
        factories.update(link, label_en=label)
    publish_release()
    with time_machine.travel(december(7, 18, 30), tick=False):
        html = get_page(client, "/sessions/first/")
    assert "Watch live: Floor" in html
    assert "Watch live: Vietnamese" in html


def test_recording_is_a_button_after_the_session(client, conference):
    make_session("First", links=[("recording", "https://stream.example/recording")])
    publish_release()
    button = 'class="button button-strong" href="https://stream.example/recording"'
    for now, is_shown in ((december(7, 19), False), (december(8, 19), True)):
        with time_machine.travel(now, tick=False):
            assert (button in get_page(client, "/sessions/first/")) == is_shown


def test_programme_now_during_a_break_leads_to_the_next_session(client, evening):
    with time_machine.travel(december(7, 19, 30), tick=False):
        assert client.get("/programme/now/").headers["Location"] == "/programme/2020-12-07/#second"


# Breaks


@pytest.mark.parametrize("page", ["/", "/programme/", "/sessions/first/", "/sessions/second/", "/sitemap.xml"])
def test_page_does_not_link_to_a_break(client, evening, page):
    assert "/sessions/coffee/" not in get_page(client, page)


def test_break_url_redirects_to_the_agenda_for_now(client, evening):
    response = client.get("/vi/sessions/coffee/?tz=Europe/Oslo")
    assert response.status_code == 302
    assert response.headers["Location"] == "/vi/programme/2020-12-07/?tz=Europe%2FOslo#coffee"


def test_break_preview_redirects_to_the_preview_of_the_agenda(evening):
    client = admin_client_for(make_organizer("Programme editors"))
    assert client.get("/preview/sessions/coffee/").headers["Location"] == "/preview/programme/2020-12-07/#coffee"


def test_agenda_does_not_count_breaks(client, evening):
    html = get_page(client, "/programme/")
    assert 'id="coffee"' in html
    assert re.search(r"\b3 sessions\b", html)


@pytest.mark.parametrize("query", ["q=coffee", "kind=break", "language=en"])
def test_search_and_filters_find_no_break(client, evening, query):
    html = get_page(client, f"/programme/?{query}")
    assert ('id="coffee"' in html) == (query == "kind=break")
    assert '<option value="break"' not in html


def test_break_in_the_calendar_links_to_the_agenda(client, evening):
    calendar = get_page(client, "/programme.ics").replace("\r\n ", "")
    assert "URL:http://127.0.0.1:8000/programme/2020-12-07/#coffee\r\n" in calendar


def test_break_card_shows_what_its_page_would(client, conference):
    make_session(
        "Coffee", kind="break", description_en="In the **garden**.", links=[("document", "https://e.example/")]
    )
    publish_release()
    html = get_page(client, "/programme/")
    assert "In the <strong>garden</strong>." in html
    assert 'href="https://e.example/"' in html


# Cancelled sessions


@pytest.mark.parametrize("page", ["/", "/programme/", "/sessions/first/", "/sessions/second/"])
def test_cancelled_session_is_struck_out_with_a_badge_everywhere(client, conference, page):
    make_session("First", status="cancelled")
    make_session("Second", starts_at=december(7, 20), ends_at=december(7, 21))
    publish_release()
    html = get_page(client, page)
    assert re.search(r"<s>First</s>(</a>|</h1>)?\s*(</p>)?\s*<strong class=.status status-cancelled", html) or (
        "<s>First</s>" in html and "status-cancelled" in html
    )


def test_cancelled_session_cannot_be_added_to_a_calendar(client, conference):
    make_session("First", status="cancelled", links=[("stream", STREAM)])
    publish_release()
    with time_machine.travel(december(7, 18, 30), tick=False):
        html = get_page(client, "/sessions/first/")
    assert "/sessions/first.ics" not in html
    assert STREAM_LINK not in html


# Time zone


@pytest.mark.parametrize(
    "page", ["/", "/programme/", "/sessions/first/", "/speakers/", "/programme/changes/", "/programme/changes/1/"]
)
def test_page_keeps_the_time_zone_in_all_links_to_pages(client, evening, page):
    html = get_page(client, f"{page}?tz=Europe/Oslo")
    links = re.findall(r'<a [^>]*?href="(/[^"]*)"', html, re.DOTALL)
    pages = [link for link in links if link.partition("?")[0].partition("#")[0].endswith("/")]
    without = [link for link in pages if "tz=Europe" not in link and link != page]
    assert pages
    assert without == []


# Filters


def test_agenda_with_filters_lists_them_with_a_link_to_remove_each(client, evening):
    html = get_page(client, "/programme/2020-12-07/?kind=plenary&room=hall&tz=Europe/Oslo")
    assert 'href="/programme/2020-12-07/?room=hall&amp;tz=Europe%2FOslo"' in html
    assert 'href="/programme/2020-12-07/?kind=plenary&amp;tz=Europe%2FOslo"' in html


@pytest.mark.parametrize("query", ["", "tz=Europe/Oslo", "kind=plenary", "kind=invented"])
def test_filters_are_open_on_request_only(client, evening, query):
    assert "<details>" in get_page(client, f"/programme/?{query}")


def test_invalid_filter_is_reported_outside_the_closed_panel(client, evening):
    html = get_page(client, "/programme/?kind=invented")
    assert html.index("is not a valid option") < html.index("<details>")
