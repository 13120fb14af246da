"""A programme of any size, as rows, published: `python -m tests.bench.programme SESSIONS`, with DATA_DIR naming a folder
that quickstart has prepared. Prints as JSON how many seconds publishing took, each time.
"""

import datetime
import json
import random
import sys
import time
from zoneinfo import ZoneInfo

import django

# Django's settings come first, before what can be imported only with them.
# ruff: noqa: E402
django.setup()

from sessions.models import Participation, Room, Session, SessionLink, Theme
from sessions.releases.publish import publish_draft
from speakers.models import Speaker, SpeakerLink

FIRST_MORNING = datetime.datetime(2020, 12, 7, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
FEWEST_SPEAKERS, FEWEST_ROOMS = 90, 4
SESSIONS_A_DAY_IN_A_ROOM, SESSIONS_FOR_A_ROOM = 5, 60
SESSION_ROLES = ("moderator", "panellist", "panellist", "panellist")
COUNTRIES = ["VN", "NO", "KE", "ID", "JO", "CO", "FR", "CA", "UA", "RW", "MX", "JP", "ZA", "GB", "US"]
# Chance puts words together, which compresses worse than what people write does.
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


def fill_database(sessions, chance):
    """Instead of the programme that ships: this many sessions, at least as many speakers, four people in each."""
    for model in (Participation, SessionLink, Session, SpeakerLink, Speaker, Theme, Room):
        model.objects.all().delete()
    rooms = Room.objects.bulk_create(map(make_room, range(max(FEWEST_ROOMS, sessions // SESSIONS_FOR_A_ROOM))))
    themes = Theme.objects.bulk_create(make_theme(number, chance) for number in range(5))
    speakers = Speaker.objects.bulk_create(
        make_speaker(number, chance) for number in range(max(FEWEST_SPEAKERS, sessions))
    )
    made = Session.objects.bulk_create(make_session(number, rooms, chance) for number in range(sessions))
    ties = Session.themes.through
    ties.objects.bulk_create(ties(session=one, theme=theme) for one in made for theme in chance.sample(themes, 2))
    Participation.objects.bulk_create(make_participations(made, len(rooms), speakers, chance))


def make_participations(sessions, at_once, speakers, chance):
    """Nobody is in two places at once, so that the desk lets it be published."""
    for first in range(0, len(sessions), at_once):
        held = sessions[first : first + at_once]
        dealt = iter(chance.sample(speakers, len(held) * len(SESSION_ROLES)))
        for session in held:
            for order, role in enumerate(SESSION_ROLES):
                yield Participation(session=session, speaker=next(dealt), role=role, order=order)


def make_room(number):
    return Room(name_en=f"Room {number}", name_vi=f"Phòng {number}", slug=f"room-{number}", capacity=60, order=number)


def make_theme(number, chance):
    return Theme(
        number=number + 1,
        slug=f"theme-{number}",
        sign=str(number + 1),
        colour=Theme.Colour.values[number],
        **make_texts("name", chance, 4),
    )


def make_speaker(number, chance):
    name = f"{random_words(chance, 'en', 2).title()} {number}"
    return Speaker(
        name_en=name,
        sort_name=name,
        slug=f"speaker-{number}",
        country=chance.choice(COUNTRIES),
        **make_texts("function", chance, 4),
        **make_texts("organization", chance, 4),
        **make_texts("biography", chance, 100),
    )


def make_session(number, rooms, chance):
    """All rooms at once, five times a day, for as many days as it takes: 3 for 60 sessions, 12 for 900."""
    day, slot = divmod(number // len(rooms), SESSIONS_A_DAY_IN_A_ROOM)
    starts_at = FIRST_MORNING + datetime.timedelta(days=day, hours=2 * slot)
    return Session(
        slug=f"session-{number}",
        kind=chance.choice(["plenary", "workshop"]),
        status=Session.Status.CONFIRMED,
        room=rooms[number % len(rooms)],
        languages=["en", "vi"],
        interpretation=["ar", "zh", "fr", "ru", "es"],
        captions=["en"],
        starts_at=starts_at,
        ends_at=starts_at + datetime.timedelta(minutes=90),
        **make_texts("title", chance, 8),
        **make_texts("summary", chance, 22),
        **make_texts("description", chance, 150),
    )


def make_texts(name, chance, length):
    """A text field in both languages; Vietnamese takes more words."""
    return {f"{name}_en": random_words(chance, "en", length), f"{name}_vi": random_words(chance, "vi", length * 4 // 3)}


def random_words(chance, language, length):
    return " ".join(chance.choices(SAMPLE_WORDS[language].split(), k=length)).capitalize()


def time_publish():
    begun = time.perf_counter()
    publish_draft(note_en="As measured.", note_vi="Để đo.")
    return time.perf_counter() - begun


def edit_session(number):
    Session.objects.filter(slug="session-0").update(notice_en=f"Doors open {number} minutes earlier.")


if __name__ == "__main__":
    fill_database(int(sys.argv[1]), random.Random(1325))
    taken = [time_publish()]
    for number in range(1, 4):
        edit_session(number)
        taken.append(time_publish())
    print(json.dumps({"publish": taken}))
