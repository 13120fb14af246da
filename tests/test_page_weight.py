"""Sizes of public pages and their files, for visitors on slow or expensive connections."""

import gzip
import itertools
import random
import re

import brotli
import pytest
from django.conf import settings

from . import factories

STATIC = settings.BASE_DIR / "static"
TEMPLATES = settings.BASE_DIR / "templates"
# Folders of the templates of public pages.
PUBLIC = ("sessions", "speakers", "conference", "errors")

# Words for the texts of sixty sessions. Random texts compress worse than real ones.
WORDS = {
    "en": """
    women peace security commitments results mediation negotiation ceasefire resolution council delegation experience
    countries community leadership protection prevention participation relief recovery budget funding parity data
    evidence monitoring accountability displacement climate pandemic economic inclusion survivors justice reform police
    peacekeeping operations training mine action landmines reconstruction education health local national regional
    network institution dialogue implementation agenda decade anniversary declaration platform partnership practice
    between among through after before toward beyond within across lessons obstacles progress how which where every
    equal full meaningful sustained early inclusive lasting independent practical shared public
    """,
    "vi": """
    phụ nữ hòa bình an ninh cam kết kết quả trung gian đàm phán ngừng bắn nghị quyết hội đồng đoàn đại biểu kinh nghiệm
    quốc gia cộng đồng lãnh đạo bảo vệ phòng ngừa tham gia cứu trợ phục hồi ngân sách nguồn lực bình đẳng dữ liệu bằng
    chứng giám sát trách nhiệm di cư khí hậu đại dịch kinh tế bao trùm nạn nhân công lý cải cách cảnh sát gìn giữ hoạt
    động đào tạo rà phá bom mìn tái thiết giáo dục y tế địa phương khu vực mạng lưới thể chế đối thoại thực hiện chương
    trình thập niên kỷ niệm tuyên bố cương lĩnh đối tác thực tiễn giữa trong ngoài trước sau hướng tới bài học trở ngại
    tiến bộ đầy đủ thực chất bền vững sớm lâu dài độc lập chung công
    """,
}
FAMILIES = """
Nguyen Tran Le Pham Hoang Phan Vu Dang Bui Do Okafor Diallo Haddad Kovacs Silva Moreau Berg Tanaka Lindqvist Mendoza
"""
GIVEN_NAMES = """
An Binh Chi Dung Giang Ha Khanh Lan Mai Nga Amina Fatou Layla Eszter Beatriz Claire Ingrid Yuko Astrid Guadalupe
"""
INTERPRETED = ["ar", "zh", "en", "fr", "ru", "es", "vi"]


@pytest.fixture
def sixty_sessions(conference):
    """Publish three days of 20 sessions, four at a time, each with four speakers, two themes and seven languages."""
    chance = random.Random(1325)
    rooms = [
        factories.make_room(f"Room {letter}", name_vi=f"Phòng {letter}", order=i) for i, letter in enumerate("ABCD")
    ]
    themes = [
        factories.make_theme(make_sentence(chance, "en", 4), name_vi=make_sentence(chance, "vi", 5)) for _ in range(7)
    ]
    names = [f"{family} {given}" for family, given in itertools.product(FAMILIES.split(), GIVEN_NAMES.split())]
    speakers = [factories.make_speaker(name, country="VN") for name in chance.sample(names, 120)]
    for day, hour, room in itertools.product((7, 8, 9), (9, 11, 14, 16, 18), rooms):
        factories.make_session(
            make_sentence(chance, "en", 8),
            title_vi=make_sentence(chance, "vi", 11),
            slug=f"session-{day}-{hour}-{room.slug}",
            summary_en=make_sentence(chance, "en", 22),
            summary_vi=make_sentence(chance, "vi", 30),
            kind=chance.choice(["plenary", "workshop"]),
            room=room,
            themes=chance.sample(themes, 2),
            parts=list(
                zip(("moderator", "panellist", "panellist", "panellist"), chance.sample(speakers, 4), strict=True)
            ),
            languages=["en", "vi"],
            interpretation=INTERPRETED,
            captions=["en"],
            starts_at=factories.december(day, hour),
            ends_at=factories.december(day, hour + 1, 30),
        )
    return factories.publish_release()


def make_sentence(chance, language, length):
    return " ".join(chance.choices(WORDS[language].split(), k=length)).capitalize()


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/programme/", "/vi/programme/", "/programme/?tz=Europe/Oslo"])
@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_agenda_of_sixty_sessions_is_at_most_15_kb(client, sixty_sessions, path, coding):
    response = client.get(path, headers={"Accept-Encoding": coding})
    assert response.headers["Content-Encoding"] == coding
    assert len(decompress_response(response).split("<article")) == 61
    assert len(response.content) <= 15_000


def decompress_response(response):
    decompress = {"br": brotli.decompress, "gzip": gzip.decompress}[response.headers["Content-Encoding"]]
    return decompress(response.content).decode()


def test_style_sheet_is_at_most_15_kb():
    assert len(gzip.compress((STATIC / "css/site.css").read_bytes())) <= 15_000


def test_scripts_of_public_pages_are_at_most_6_kb():
    pages = [page for folder in PUBLIC for page in (TEMPLATES / folder).rglob("*.html")]
    scripts = {name for page in pages for name in re.findall(r"<script src=\"{% static '([^']+)' %}", page.read_text())}
    assert scripts
    assert sum(len(gzip.compress((STATIC / name).read_bytes())) for name in scripts) <= 6_000


def test_fonts_are_at_most_60_kb():
    assert sum(file.stat().st_size for file in (STATIC / "fonts").glob("*.woff2")) <= 60_000


def test_no_file_loads_from_another_host():
    """Search url() and @import in style sheets, and src and loading links in templates."""
    sources = [*STATIC.rglob("*.css"), *STATIC.rglob("*.js"), *TEMPLATES.rglob("*.html")]
    fetched = re.compile(
        r"""(?:url\(|@import|\bsrc=|<link[^>]*rel="(?:stylesheet|preload|icon)"[^>]*href=)\s*["']?(?:https?:)?//"""
    )
    assert [file.name for file in sources if fetched.search(file.read_text())] == []
