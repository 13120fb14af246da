"""Factories of the programme: each creates a valid row of the draft, with the fields that a test gives.

`publish_release()` publishes the draft and makes all pages show it.
"""

import datetime
from itertools import count
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from conference import countries, site_data
from conference.models import Conference
from sessions.models import Participation, Room, Session, SessionLink, Theme
from sessions.releases import current
from sessions.releases.publish import publish_draft
from speakers.models import Speaker, SpeakerLink

# Four weeks before the conference that make_conference() creates.
BEFORE_CONFERENCE = datetime.datetime(2020, 11, 10, 3, tzinfo=datetime.UTC)
HA_NOI = ZoneInfo("Asia/Ho_Chi_Minh")
MALICIOUS_TEXT = '<script>alert("1")</script> & “quotes” \'\nBEGIN:VEVENT\\n; , \\ {{ 7|add:1 }} {% now %}'
# Numbers of the same length, so that default names sort in the order of creation.
numbers = count(10_000)


def december(day, hour, minute=0):
    """Return a time of December 2020 in the time zone of Ha Noi."""
    return datetime.datetime(2020, 12, day, hour, minute, tzinfo=HA_NOI)


def make_conference(**changes):
    """Create the conference: 7 to 9 December 2020 in Ha Noi."""
    values = {
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
    return Conference.objects.create(**values | changes)


def make_room(name="", **changes):
    name = name or f"Room {next(numbers)}"
    return Room.objects.create(**{"name_en": name, "slug": slugify(name)} | changes)


def make_theme(name="", **changes):
    name = name or f"Theme {next(numbers)}"
    return Theme.objects.create(**{"name_en": name, "slug": slugify(name), "sign": "✦"} | changes)


def make_speaker(name="", *, links=(), **changes):
    """Create a speaker; links are URLs."""
    name = name or f"Speaker {next(numbers)}"
    speaker = Speaker.objects.create(**{"name_en": name, "sort_name": name, "slug": slugify(name)} | changes)
    for order, url in enumerate(links):
        SpeakerLink.objects.create(speaker=speaker, url=url, order=order)
    return speaker


def make_session(title="", *, themes=(), parts=(), links=(), **changes):
    """Create a confirmed plenary on the first evening.

    parts are pairs of a role and a speaker (or a placeholder), links pairs of a kind and a URL.
    """
    title = title or f"Session {next(numbers)}"
    values = {
        "title_en": title,
        "slug": slugify(title),
        "kind": "plenary",
        "status": "confirmed",
        "starts_at": december(7, 18),
        "ends_at": december(7, 19, 30),
        "languages": ["en"],
    }
    session = Session.objects.create(**values | changes)
    session.themes.set(themes)
    for order, (role, speaker) in enumerate(parts):
        make_participation(session, speaker, role=role, order=order)
    for order, (kind, url) in enumerate(links):
        SessionLink.objects.create(session=session, kind=kind, url=url, order=order)
    return session


def make_participation(session, speaker, **changes):
    """Create a participation of a speaker, or a placeholder if speaker is a string."""
    values = {"placeholder_en": speaker} if isinstance(speaker, str) else {"speaker": speaker}
    return Participation.objects.create(session=session, **values | changes)


def update(row, **values):
    """Set these fields and save the row, as an editor does."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def publish_release(**notes):
    """Publish the draft, make all pages show it, and return the Programme."""
    publish_draft(**notes)
    reload_site()
    return current.get_programme()


def reload_site():
    """Make all pages show the present state of the database immediately."""
    current.refresh()
    site_data.refresh_site_data()
    countries.refresh_countries()


def make_full_programme():
    """Create two rooms, two themes, three speakers and a session of each status."""
    hall = make_room("Main Hall", name_vi="Hội trường lớn", place_en="Ground floor", capacity=300, order=1)
    blue = make_room("Blue Room", name_vi="Phòng Xanh", access_en="No steps, induction loop", capacity=60, order=2)
    peace = make_theme(
        "Taking part in peace", name_vi="Tham gia tiến trình hòa bình", number=1, colour="plum", sign="1"
    )
    money = make_theme("Funding & inclusion", name_vi="Nguồn lực", slug="funding", number=4, colour="amber", sign="4")
    linh = make_speaker(
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
    ingrid = make_speaker("Ingrid Østby", sort_name="Østby, Ingrid", slug="ingrid-ostby", country="NO")
    malicious = make_speaker(
        "Bobby <b>Tables</b>",
        slug="bobby-tables",
        sort_name="Tables, Bobby",
        function_en=MALICIOUS_TEXT,
        biography_en=MALICIOUS_TEXT,
    )
    make_session(
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
        starts_at=december(7, 18),
        ends_at=december(7, 19, 30),
    )
    make_session(
        "Exhibition",
        title_vi="Triển lãm",
        kind="exhibition",
        room=blue,
        format="in_person",
        starts_at=december(7, 18),
        ends_at=december(7, 22),
        languages=["vi"],
    )
    make_session(
        "Women at the table",
        title_vi="Phụ nữ bên bàn đàm phán",
        kind="workshop",
        room=hall,
        themes=[peace, money],
        parts=[("moderator", linh), ("panellist", "Regional organization, to be announced")],
        starts_at=december(8, 19),
        ends_at=december(8, 20, 30),
    )
    make_session(
        f"Budgets {MALICIOUS_TEXT}",
        slug="budgets",
        kind="workshop",
        room=blue,
        themes=[money],
        parts=[("panellist", malicious)],
        summary_en=MALICIOUS_TEXT,
        description_en=MALICIOUS_TEXT,
        starts_at=december(8, 19),
        ends_at=december(8, 20, 30),
    )
    make_session(
        "Field visit",
        title_vi="Đi thực tế",
        kind="workshop",
        status="cancelled",
        format="in_person",
        notice_en="Cancelled because of the typhoon.",
        notice_vi="Hủy vì bão.",
        starts_at=december(9, 9),
        ends_at=december(9, 11),
    )
    make_session(
        "Commitments",
        status="tentative",
        format="online",
        parts=[("keynote", ingrid)],
        starts_at=december(9, 18),
        ends_at=december(9, 20),
    )
    make_session("Secret talks", status="draft", room=hall, parts=[("keynote", make_speaker("Secret Guest"))])
