"""Sample programme of any size: `python -m tests.benchmarks.sample_programme SESSIONS`, with DATA_DIR set to the folder
of a site. It replaces the programme and publishes it.
"""

import datetime
import random
import sys
from zoneinfo import ZoneInfo

import django

# The imports below need the settings.
# ruff: noqa: E402
django.setup()

from sessions.models import Participation, Room, Session, SessionLink, Theme
from sessions.releases.publish import publish_draft
from speakers.models import Speaker, SpeakerLink

FIRST_MORNING = datetime.datetime(2020, 12, 7, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
MIN_SPEAKERS, MIN_ROOMS = 90, 4
SESSIONS_A_DAY_IN_A_ROOM, SESSIONS_FOR_A_ROOM = 5, 60
SESSION_ROLES = ("moderator", "panellist", "panellist", "panellist")
COUNTRIES = ["VN", "NO", "KE", "ID", "JO", "CO", "FR", "CA", "UA", "RW", "MX", "JP", "ZA", "GB", "US"]
# Random words compress worse than real texts.
SAMPLE_WORDS = {
    "en": """women peace security commitments results mediation negotiation ceasefire resolution council experience
    countries community leadership protection prevention participation relief recovery budget parity data evidence
    accountability climate inclusion survivors justice reform police peacekeeping training mine action education health
    local national regional network dialogue implementation decade platform practice between among after toward beyond
    lessons obstacles progress how which where every equal meaningful sustained lasting independent shared public""",
    "vi": """phụ nữ hòa bình an ninh cam kết kết quả trung gian đàm phán ngừng bắn nghị quyết hội đồng đoàn đại biểu
    kinh nghiệm quốc gia cộng đồng lãnh đạo bảo vệ phòng ngừa tham gia cứu trợ phục hồi ngân sách nguồn lực bình đẳng
    dữ liệu trách nhiệm khí hậu bao trùm công lý cải cách cảnh sát gìn giữ đào tạo rà phá bom mìn giáo dục y tế địa
    phương khu vực mạng lưới đối thoại thực hiện thập niên diễn đàn bài học trở ngại tiến bộ bền vững lâu dài chung""",
}


def fill_database(sessions, rng):
    """Replace the programme by this many sessions with four of at least as many speakers each."""
    for model in (Participation, SessionLink, Session, SpeakerLink, Speaker, Theme, Room):
        model.objects.all().delete()
    rooms = Room.objects.bulk_create(map(make_room, range(max(MIN_ROOMS, sessions // SESSIONS_FOR_A_ROOM))))
    themes = Theme.objects.bulk_create(make_theme(number, rng) for number in range(5))
    speakers = Speaker.objects.bulk_create(make_speaker(number, rng) for number in range(max(MIN_SPEAKERS, sessions)))
    created = Session.objects.bulk_create(make_session(number, rooms, rng) for number in range(sessions))
    links = Session.themes.through
    links.objects.bulk_create(
        links(session=session, theme=theme) for session in created for theme in rng.sample(themes, 2)
    )
    Participation.objects.bulk_create(make_participations(created, len(rooms), speakers, rng))


def make_participations(sessions, rooms, speakers, rng):
    """Assign no speaker to two simultaneous sessions, so that the checks allow publishing."""
    for first in range(0, len(sessions), rooms):
        group = sessions[first : first + rooms]
        assigned = iter(rng.sample(speakers, len(group) * len(SESSION_ROLES)))
        for session in group:
            for order, role in enumerate(SESSION_ROLES):
                yield Participation(session=session, speaker=next(assigned), role=role, order=order)


def make_room(number):
    return Room(name_en=f"Room {number}", name_vi=f"Phòng {number}", slug=f"room-{number}", capacity=60, order=number)


def make_theme(number, rng):
    return Theme(
        number=number + 1,
        slug=f"theme-{number}",
        sign=str(number + 1),
        colour=Theme.Colour.values[number],
        **make_texts("name", rng, 4),
    )


def make_speaker(number, rng):
    name = f"{random_words(rng, 'en', 2).title()} {number}"
    return Speaker(
        name_en=name,
        sort_name=name,
        slug=f"speaker-{number}",
        country=rng.choice(COUNTRIES),
        **make_texts("function", rng, 4),
        **make_texts("organization", rng, 4),
        **make_texts("biography", rng, 100),
    )


def make_session(number, rooms, rng):
    """Use all rooms five times a day: 60 sessions take 3 days, 900 take 12."""
    day, slot = divmod(number // len(rooms), SESSIONS_A_DAY_IN_A_ROOM)
    starts_at = FIRST_MORNING + datetime.timedelta(days=day, hours=2 * slot)
    return Session(
        slug=f"session-{number}",
        kind=rng.choice(["plenary", "workshop"]),
        status=Session.Status.CONFIRMED,
        room=rooms[number % len(rooms)],
        languages=["en", "vi"],
        interpretation=["ar", "zh", "fr", "ru", "es"],
        captions=["en"],
        starts_at=starts_at,
        ends_at=starts_at + datetime.timedelta(minutes=90),
        **make_texts("title", rng, 8),
        **make_texts("summary", rng, 22),
        **make_texts("description", rng, 150),
    )


def make_texts(name, rng, length):
    """Return a text field in both languages; Vietnamese has a third more words."""
    return {f"{name}_en": random_words(rng, "en", length), f"{name}_vi": random_words(rng, "vi", length * 4 // 3)}


def random_words(rng, language, length):
    return " ".join(rng.choices(SAMPLE_WORDS[language].split(), k=length)).capitalize()


if __name__ == "__main__":
    fill_database(int(sys.argv[1]), random.Random(1325))
    publish_draft(note_en="As measured.", note_vi="Để đo.")
