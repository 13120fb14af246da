"""Badges: content, layout in boxes, formats, PDF and preview."""

import io
from dataclasses import replace

import pytest
from django.utils import translation
from pypdf import PdfReader

from conference import site_data
from conference.registration.badges.colors import MIN_CONTRAST, contrast, text_color_on
from conference.registration.badges.content import BadgeContent, build_content, has_badge
from conference.registration.badges.formats import FORMATS, get_format
from conference.registration.badges.items import Align, ImageItem, QRCodeItem, TextItem
from conference.registration.badges.layout import BadgeFields, lay_out_back, lay_out_front
from conference.registration.badges.pdf import render_badges_pdf
from conference.registration.badges.previews import render_preview
from conference.registration.models import BadgeLayout
from conference.registration.pdf.text_layout import TextStyle, fit_into_box, wrap
from conference.registration.tickets.issuance import get_or_issue_ticket, validation_url

from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, make_category, make_registration

HOSTILE_TEXTS = {
    "wide letters": "W" * 80,
    "words": "W " * 39 + "W",
    "Arabic": "مريم الأنصاري " * 5,
    "Hebrew and digits": "נועה 12 כהן (Noa)",
    "Chinese": "王" * 80,
    "emoji": "Anna 👩‍👩‍👧 😀 Smith",
    "markup": "<script>alert(1)</script> {nb} **b** %(x)s {{ x }}",
    "control characters": "a\x07\x00b\u202eevil\u202c\u2028c",
    "marks only": "\u0301" * 40,
    "Khmer": "សុខា ចាន់ " * 7,
}
CONTENT = BadgeContent(
    name="Nguyễn Thị Ánh Tuyết",
    organization="Ministry of Foreign Affairs",
    function="Director-General",
    country="Viet Nam · Việt Nam",
    category="Delegation",
    category_color="#0b5f6b",
    days="7, 8, 9 December",
    code="https://conference.example/ticket/" + "x" * 66,
    ticket_number="67D7 5254",
    has_access_sign=True,
    photo="sample",
)


@pytest.fixture(autouse=True)
def _conference(conference):
    site_data.refresh_site_data()


def make_fields(layout=None, number=1, **changes):
    return BadgeFields(layout or BadgeLayout(), replace(CONTENT, **changes), number)


def texts(items):
    return {item.text for item in items if isinstance(item, TextItem)}


def read_pdf(layout, *badges):
    return PdfReader(io.BytesIO(render_badges_pdf(layout, [(fields, None) for fields in badges])))


def extract(page):
    return " ".join(page.extract_text().split())


# Fitting


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
@pytest.mark.parametrize("badge_format", BadgeLayout.Format.values)
def test_layout_hostile_texts_are_fitted_into_their_boxes_and_not_cut(badge_format, text):
    layout = BadgeLayout(format=badge_format, shows_function=True, back_text_en=text * 2, wifi_text_vi=text)
    fields = make_fields(layout, name=text[:80], organization=(text * 2)[:150], function=text, country=text, days=text)
    page = get_format(layout)
    for item in lay_out_front(fields) + lay_out_back(fields):
        assert item.box.x >= -1e-6
        assert item.box.y >= -1e-6
        assert item.box.right <= page.width + 1e-6
        assert item.box.bottom <= page.height + 1e-6
        if isinstance(item, TextItem):
            assert item.fitted.width <= item.box.width + 1e-6
            assert item.fitted.height <= item.box.height + 1e-6
            assert "".join(item.fitted.lines).replace(" ", "") == item.text.replace(" ", "")


@pytest.mark.parametrize("badge_format", BadgeLayout.Format.values)
def test_layout_boxes_do_not_overlap(badge_format):
    boxes = [
        item.box
        for item in lay_out_front(make_fields(BadgeLayout(format=badge_format), has_access_sign=False))
        if isinstance(item, TextItem | QRCodeItem | ImageItem)
    ]
    for number, first in enumerate(boxes):
        for second in boxes[number + 1 :]:
            is_apart = (
                first.right <= second.x + 0.01
                or second.right <= first.x + 0.01
                or first.bottom <= second.y + 0.01
                or second.bottom <= first.y + 0.01
            )
            assert is_apart, (first, second)


def test_fit_into_box_long_name_gets_smaller_then_takes_more_lines():
    style = TextStyle.of("Nguyen", 30, bold=True)
    short, long = (fit_into_box(text, 80, 40, style, max_lines=3) for text in ("Nguyen", "Nguyen Thi Anh Tuyet " * 2))
    assert (short.style.size, len(short.lines)) == (30, 1)
    assert len(long.lines) > 1
    assert 10 < long.style.size < 30


def test_wrap_breaks_after_hyphens_before_it_breaks_words():
    style = TextStyle.of("Maria", 20)
    assert wrap("Konstantinopoulou-Papadopoulou", 75, style).lines == ("Konstantinopoulou-", "Papadopoulou")


# Content


def test_content_shows_person_category_and_days_in_all_languages():
    category = make_category("Media", name_vi="Báo chí", color="#0b5f6b")
    registration = make_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON}, category=category)
    content = build_content(registration)
    assert (content.name, content.category, content.category_color) == ("Linh", "Media · Báo chí", "#0b5f6b")
    assert content.days == "7 and 8 December · ngày 7 và 8 tháng 12"
    assert content.country == "Viet Nam · Việt Nam"
    assert build_content(registration, ["vi"]).country == "Việt Nam"


def test_content_has_the_code_of_the_ticket():
    registration = make_registration()
    assert build_content(registration).code == ""
    get_or_issue_ticket(registration)
    assert build_content(registration).code == validation_url(get_or_issue_ticket(registration))


def test_content_days_online_are_not_on_the_badge():
    content = build_content(make_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE}))
    assert content.days == "7 December · ngày 7 tháng 12"


@pytest.mark.parametrize(
    ("days", "needs_approval", "expected"),
    [({MONDAY: IN_PERSON}, False, True), ({MONDAY: ONLINE}, False, False), ({MONDAY: IN_PERSON}, True, False)],
    ids=["in person", "online", "under review"],
)
def test_has_badge_only_for_people_admitted_in_person(days, needs_approval, expected):
    registration = make_registration(days=days, category=make_category(needs_approval=needs_approval))
    assert has_badge(registration) is expected


@pytest.mark.parametrize("agrees", [True, False])
def test_access_sign_is_shown_only_with_consent(agrees):
    needs = {"access": "Wheelchair", "diet": "", "show_on_badge": agrees}
    content = build_content(make_registration(special_needs=needs))
    front = texts(lay_out_front(BadgeFields(BadgeLayout(), content)))
    assert any("Please assist me" in text for text in front) is agrees
    assert not any("Wheelchair" in text for text in front)


def test_layout_shows_only_the_chosen_fields():
    names = ("organization", "country", "category", "days", "qr_code", "photo", "access_sign")
    layout = BadgeLayout(**{f"shows_{name}": False for name in names}, title_en="Forum", title_vi="Diễn đàn")
    items = lay_out_front(make_fields(layout, has_access_sign=True))
    assert texts(items) == {"Forum · Diễn đàn", CONTENT.name}
    assert not any(isinstance(item, QRCodeItem | ImageItem) for item in items)


def test_layout_marks_reprints_with_their_number():
    assert not any("Reprint" in text for text in texts(lay_out_front(make_fields(number=1))))
    assert any(text.startswith("Reprint 2 · ") for text in texts(lay_out_front(make_fields(number=3))))


def test_layout_right_to_left_text_starts_on_the_right():
    items = lay_out_front(make_fields(BadgeLayout(format="label_wide"), name="مريم", organization="الأمم"))
    name = next(item for item in items if isinstance(item, TextItem) and item.tag == "/H1")
    assert name.align is Align.START
    assert name.lines()[0][1] + name.fitted.width == pytest.approx(name.box.right)


@pytest.mark.parametrize("color", ["#ffffff", "#000000", "#777777", "#5a2f75", "#ffcc00", "#0b5f6b", "#7f7f7f"])
def test_text_on_category_colours_has_enough_contrast(color):
    assert contrast(text_color_on(color), color) >= MIN_CONTRAST


# PDF


@pytest.mark.parametrize("badge_format", BadgeLayout.Format.values)
def test_pdf_has_pages_of_the_format_with_fronts_and_backs(badge_format):
    layout = BadgeLayout(format=badge_format, wifi_text_en="Guest, peace2020")
    reader = read_pdf(layout, *[make_fields(layout)] * 5)
    page = FORMATS[BadgeLayout.Format(badge_format)]
    size = [round(float(side) / 72 * 25.4) for side in reader.pages[0].mediabox[2:]]
    assert size == [page.page_width, page.page_height]
    assert len(reader.pages) == (4 if badge_format == "a4" else 10)
    assert "Guest, peace2020" in extract(reader.pages[1])
    assert CONTENT.name in extract(reader.pages[0])


def test_pdf_backs_of_four_badges_are_mirrored():
    layout = BadgeLayout(format="a4")
    badges = [make_fields(layout, name=f"Front{number}", days=f"Back{number}") for number in range(2)]
    positions = {}
    for page in read_pdf(layout, *badges).pages:
        page.extract_text(visitor_text=lambda text, _cm, tm, *_: positions.setdefault(text.strip()[-6:], tm[4]))
    assert positions["Front0"] < positions["Front1"]
    back = {text[-5:]: x for text, x in positions.items() if "Back" in text}
    assert back["Back0"] > back["Back1"]


def test_pdf_without_backs_has_one_page_for_each_badge():
    layout = BadgeLayout(has_back=False)
    assert len(read_pdf(layout, make_fields(layout), make_fields(layout)).pages) == 2


@pytest.mark.parametrize("name", ["مريم الأنصاري", "王小明", "Nguyễn Thị Ánh Tuyết", "{nb} <b>x</b>"])
def test_pdf_name_is_printed_in_reading_order(name):
    assert name in extract(read_pdf(BadgeLayout(), make_fields(name=name)).pages[0])


# Preview


def test_preview_has_the_same_items_and_no_text_that_a_browser_interprets():
    preview = render_preview(BadgeLayout(), replace(CONTENT, name='"><script>alert(1)</script>'))
    assert "<script" not in preview.front
    assert "style=" not in preview.front + preview.back
    assert preview.front.count("<svg") == preview.back.count("<svg") == 1


def test_preview_numbers_have_a_full_stop_in_every_language():
    with translation.override("vi"):
        assert 'viewBox="0 0 105 148"' in render_preview(BadgeLayout(), CONTENT).front
