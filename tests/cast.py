"""Who and what plays in the tests: builders of rows, each valid as it is, changed by what a test cares about.

Rows are the draft. `a_release()` publishes them and makes every page read them.
"""

import datetime
from itertools import count
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from conference import site
from conference.models import Conference
from sessions import current
from sessions.models import Participation, Room, Session, SessionLink, Theme
from sessions.publishing import publish
from speakers.models import Speaker, SpeakerLink

HA_NOI = ZoneInfo("Asia/Ho_Chi_Minh")
HOSTILE = '<script>alert("1")</script> & “quotes” \'\nBEGIN:VEVENT\\n; , \\ {{ 7|add:1 }} {% now %}'
# All of as many digits: sorted by name, they stand in the order in which they were made.
_numbers = count(10_000)


def at(day, hour, minute=0):
    """A moment of December 2020 on Ha Noi's clock."""
    return datetime.datetime(2020, 12, day, hour, minute, tzinfo=HA_NOI)


def a_conference(**changes):
    """The one row: 7 to 9 December 2020 in Ha Noi."""
    facts = {
        "name_en": "Strengthening Women’s Role in Building and Sustaining Peace",
        "name_vi": "Tăng cường vai trò của phụ nữ trong xây dựng và củng cố hòa bình",
        "short_name_en": "Women, Peace and Security",
        "short_name_vi": "Phụ nữ, Hòa bình và An ninh",
        "starts_on": datetime.date(2020, 12, 7),
        "ends_on": datetime.date(2020, 12, 9),
        "time_zone": "Asia/Ho_Chi_Minh",
        "city_en": "Ha Noi",
        "city_vi": "Hà Nội",
        "country": "VN",
    }
    return Conference.objects.create(**facts | changes)


def a_room(name="", **changes):
    name = name or f"Room {next(_numbers)}"
    return Room.objects.create(**{"name_en": name, "slug": slugify(name)} | changes)


def a_theme(name="", **changes):
    name = name or f"Theme {next(_numbers)}"
    return Theme.objects.create(**{"name_en": name, "slug": slugify(name), "sign": "✦"} | changes)


def a_speaker(name="", *, links=(), **changes):
    """links are addresses."""
    name = name or f"Speaker {next(_numbers)}"
    speaker = Speaker.objects.create(**{"name_en": name, "sort_name": name, "slug": slugify(name)} | changes)
    for order, url in enumerate(links):
        SpeakerLink.objects.create(speaker=speaker, url=url, order=order)
    return speaker


def a_session(title="", *, themes=(), parts=(), links=(), **changes):
    """A confirmed plenary on the first evening. parts are pairs of a role and a speaker, or a role and who is awaited;
    links are pairs of a kind and an address."""
    title = title or f"Session {next(_numbers)}"
    facts = {
        "title_en": title,
        "slug": slugify(title),
        "kind": "plenary",
        "status": "confirmed",
        "starts_at": at(7, 18),
        "ends_at": at(7, 19, 30),
        "languages": ["en"],
    }
    session = Session.objects.create(**facts | changes)
    session.themes.set(themes)
    for order, (role, who) in enumerate(parts):
        a_part(session, who, role=role, order=order)
    for order, (kind, url) in enumerate(links):
        SessionLink.objects.create(session=session, kind=kind, url=url, order=order)
    return session


def a_part(session, who, **changes):
    """A speaker's part in a session, or that of somebody who is awaited: who is a speaker or some words."""
    whom = {"placeholder_en": who} if isinstance(who, str) else {"speaker": who}
    return Participation.objects.create(session=session, **whom | changes)


def a_release(**notes):
    """Publish what the rows say, make every page read it, and return it as a Programme."""
    publish(**notes)
    read_anew()
    return current.programme()


def read_anew():
    """Make every page read what the database says now, as it would by itself within a second."""
    current.renew()
    site.renew()


def the_whole_programme():
    """Rows with one of everything: two rooms, two themes, three speakers, and a session of each state."""
    hall = a_room("Main Hall", name_vi="Hội trường lớn", place_en="Ground floor", capacity=300, order=1)
    blue = a_room("Blue Room", name_vi="Phòng Xanh", access_en="No steps, induction loop", capacity=60, order=2)
    peace = a_theme("Taking part in peace", name_vi="Tham gia tiến trình hòa bình", number=1, colour="plum", sign="1")
    money = a_theme("Funding & inclusion", name_vi="Nguồn lực", slug="funding", number=4, colour="amber", sign="4")
    linh = a_speaker(
        "Nguyen Thi Linh",
        name_vi="Nguyễn Thị Linh",
        honorific_en="Dr.",
        honorific_vi="TS.",
        function_en="Mediator",
        function_vi="Hòa giải viên",
        organization_en="Da Nang Peace House",
        organization_vi="Ngôi nhà Hòa bình Đà Nẵng",
        country="VN",
        biography_en="Has *mediated* for twenty years.",
        biography_vi="Hai mươi năm *hòa giải*.",
        links=["https://linh.example/"],
    )
    ingrid = a_speaker("Ingrid Østby", sort_name="Østby, Ingrid", slug="ingrid-ostby", country="NO")
    hostile = a_speaker(
        "Bobby <b>Tables</b>", slug="bobby-tables", sort_name="Tables, Bobby", function_en=HOSTILE, biography_en=HOSTILE
    )
    a_session(
        "Opening",
        title_vi="Lễ khai mạc",
        kind="ceremony",
        room=hall,
        themes=[peace],
        parts=[("chair", linh), ("remarks", ingrid)],
        links=[("stream", "https://stream.example/opening")],
        summary_en="Words of welcome from Ha Noi.",
        summary_vi="Lời chào mừng từ Hà Nội, Đà Nẵng và Huế vì hòa bình.",
        description_en="The conference **opens**.\n\nRead [the programme](https://example.org/).",
        languages=["en", "vi"],
        interpretation=["fr"],
        captions=["en"],
        sign_languages=["ils"],
        starts_at=at(7, 18),
        ends_at=at(7, 19, 30),
    )
    a_session(
        "Exhibition",
        title_vi="Triển lãm",
        kind="exhibition",
        room=blue,
        format="in_person",
        starts_at=at(7, 18),
        ends_at=at(7, 22),
        languages=["vi"],
    )
    a_session(
        "Women at the table",
        title_vi="Phụ nữ bên bàn đàm phán",
        kind="workshop",
        room=hall,
        themes=[peace, money],
        parts=[("moderator", linh), ("panellist", "Regional organization, to be announced")],
        starts_at=at(8, 19),
        ends_at=at(8, 20, 30),
    )
    a_session(
        f"Budgets {HOSTILE}",
        slug="budgets",
        kind="workshop",
        room=blue,
        themes=[money],
        parts=[("panellist", hostile)],
        summary_en=HOSTILE,
        description_en=HOSTILE,
        starts_at=at(8, 19),
        ends_at=at(8, 20, 30),
    )
    a_session(
        "Field visit",
        title_vi="Đi thực tế",
        kind="workshop",
        status="cancelled",
        format="in_person",
        notice_en="Cancelled because of the typhoon.",
        notice_vi="Hủy vì bão.",
        starts_at=at(9, 9),
        ends_at=at(9, 11),
    )
    a_session(
        "Commitments",
        status="tentative",
        format="online",
        parts=[("keynote", ingrid)],
        starts_at=at(9, 18),
        ends_at=at(9, 20),
    )
    a_session("Secret talks", status="draft", room=hall, parts=[("keynote", a_speaker("Secret Guest"))])
