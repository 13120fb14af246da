"""The ticket as a PDF: names in any script are printed, and read back as they were written."""

import io
import re

import pytest
from django.core.cache import cache
from django.utils import translation
from pypdf import PdfReader

from conference import site_data
from conference.registration.tickets import issuance, text_shaping
from conference.registration.tickets.pdf import render_ticket_pdf
from conference.registration.tickets.text_shaping import (
    drop_unsupported,
    grapheme_clusters,
    is_printable,
    paragraph_direction,
    select_latin_font,
    split_runs,
)

from ..factories import MALICIOUS_TEXT
from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, client_for, make_category, make_registration

pytestmark = pytest.mark.django_db

# Those of Viet Nam, of the United Nations and of the neighbours, and more.
NAMES = {
    "Vietnamese": "Nguyễn Thị Ánh Tuyết",
    "Arabic": "مريم الأنصاري",
    "Chinese": "王小明",
    "Chinese, not simplified": "龍應台 蘇慧廉",
    "English": "Mary O’Neill-Smith",
    "French": "Zoë Lefèvre-Çelik",
    "Russian": "Мария Щукина",
    "Spanish": "José Ñíguez",
    "two scripts": "李娜 (Li Na)",
    "Persian": "نرگس پژوهان",
    "Persian, two halves not joined": "می\u200cخواهم",
    "Hebrew": "נועה כהן",
    "Greek": "Δήμητρα",
    "Polish": "Łucja Żółć",
    "Turkish": "İpek Ağaoğlu",
    "Korean": "김민지",
    "Japanese": "山田 さくら",
    "Amharic": "ሰላም ተስፋዬ",
    "Georgian": "ნინო ბერიძე",
    "Armenian": "Անի Հակոբյան",
    "Yoruba": "Ọ̀ṣun Adébáyọ̀",
}
# In these, signs stand elsewhere than they are read, and what is read back has the same letters in another order.
SHAPED = {
    "Thai": "สมหญิง ใจดี",
    "Lao": "ສົມສະຫວັນ",
    "Khmer": "សុខា ចាន់",
    "Burmese": "အောင်ဆန်း",
    "Hindi": "प्रिया श्रीवास्तव",
    "Bengali": "শেখ রহমান",
    "Tamil": "தமிழ் செல்வி",
    "Sinhala": "සිරිමාවෝ",
}


@pytest.fixture(autouse=True)
def _in_ha_noi(conference):
    site_data.refresh_site_data()


def a_ticket(name="Linh", **facts):
    registration = make_registration(**{"badge_name": name, "passport_name": "Nguyen Thi Linh"} | facts)
    return PdfReader(io.BytesIO(render_ticket_pdf(registration, issuance.get_or_issue_ticket(registration))))


def text_of(reader):
    return " ".join(reader.pages[0].extract_text().split())


def fonts_of(reader):
    return {font["/BaseFont"].partition("+")[2] for font in reader.pages[0]["/Resources"]["/Font"].values()}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_name_is_printed_as_it_was_written(name):
    assert name in text_of(a_ticket(name))


@pytest.mark.parametrize("name", SHAPED.values(), ids=SHAPED)
def test_name_is_printed_whole(name):
    assert is_printable(name)
    reader = a_ticket(name)
    assert len(reader.pages) == 1
    assert "cannot be printed" not in text_of(reader)
    assert len(fonts_of(reader)) == 3


def test_ticket_says_whose_it_is_and_for_what():
    text = text_of(
        a_ticket(
            days={MONDAY: IN_PERSON, TUESDAY: ONLINE},
            organization="联合国 / الأمم المتحدة",
            category=make_category("Media"),
        )
    )
    for words in (
        *["Nguyen Thi Linh", "联合国", "الأمم المتحدة", "Media", "Viet Nam", "7 to 9 December 2020", "Ha Noi"],
        *["Monday, 7 December 2020: In person", "Tuesday, 8 December 2020: Online"],
    ):
        assert words in text


def test_ticket_has_the_code_in_letters():
    registration = make_registration()
    ticket = issuance.get_or_issue_ticket(registration)
    assert issuance.short_code(ticket) in text_of(PdfReader(io.BytesIO(render_ticket_pdf(registration, ticket))))


def test_ticket_in_vietnamese_says_so():
    with translation.override("vi"):
        reader = a_ticket()
    assert reader.trailer["/Root"]["/Lang"] == "vi"
    assert "Thứ Hai, ngày 7 tháng 12 năm 2020" in text_of(reader)


def test_file_has_a_title_and_a_language_and_is_one_page_of_a4():
    reader = a_ticket()
    assert reader.metadata.title == "Ticket: Women, Peace and Security"
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]
    assert len(reader.pages) == 1
    assert [round(side) for side in reader.pages[0].mediabox[2:]] == [595, 842]


def test_everything_on_the_page_is_tagged_and_the_code_has_words_for_it():
    reader = a_ticket()
    elements = [kid.get_object() for kid in reader.trailer["/Root"]["/StructTreeRoot"]["/K"][0].get_object()["/K"]]
    kinds = [element["/S"] for element in elements]
    assert set(kinds) == {"/H1", "/P", "/Figure"}
    assert kinds.count("/H1") == 1
    assert [element["/Alt"] for element in elements if element["/S"] == "/Figure"] == ["QR code of the ticket"]
    content = reader.pages[0].get_contents().get_data()
    outside = re.sub(rb"(?s)/\w+ (?:<<[^>]*>> BDC|BMC).*?EMC", b"", content)
    assert not re.search(rb"\b(Tj|TJ|re|[SfB])\b", outside)


def test_file_is_nothing_but_a_page():
    """No links, no scripts, no attached files, whatever is typed."""
    reader = a_ticket("https://evil.example", organization="[x](https://evil.example) <img src=file:///etc/passwd>")
    assert "/Annots" not in reader.pages[0]
    assert not {"/AA", "/Names", "/AcroForm"} & set(reader.trailer["/Root"])
    # Where the page is shown from, and no deed.
    assert isinstance(reader.trailer["/Root"]["/OpenAction"], list)
    assert "<img src=file:///etc/passwd>" in text_of(reader)


@pytest.mark.parametrize(
    "name", [MALICIOUS_TEXT[:80], "{nb}", "**bold** __u__ --s--", "(\\)", "%PDF", "\u202eevil\u202c", "a\x07b"]
)
def test_what_somebody_typed_stays_text(name):
    assert drop_unsupported(name) in text_of(a_ticket(name))


@pytest.mark.parametrize("name", ["W" * 80, "ก" * 80, "王" * 80, "م" * 80, "Maria " * 13, "W " * 40, "\u0301" * 80])
def test_longest_names_fit_on_the_page(name):
    reader = a_ticket(name, passport_name=(name * 2)[:150], organization=(name * 2)[:150])
    assert len(reader.pages) == 1
    heights = []
    reader.pages[0].extract_text(visitor_text=lambda text, _cm, tm, *_: text.strip() and heights.append(tm[5]))
    assert min(heights) > 0


@pytest.mark.parametrize("name", ["Anna 😀", "𒀀", "\ue000", "𠮷野"])
def test_name_that_no_font_has_gives_way_to_the_one_in_the_passport(name):
    text = text_of(a_ticket(name))
    assert text.count("Nguyen Thi Linh") == 2
    assert "The name on the badge contains characters that cannot be printed here" in text


def test_what_cannot_be_printed_at_all_leaves_a_dash():
    text = text_of(a_ticket("😀", passport_name="😀", organization="😀"))
    assert text.count("–") == 3


def test_what_organizers_type_is_printed_as_far_as_it_can_be(conference):
    conference.name_en, conference.venue_en = "Peace 🕊 Conference", "🕊"
    conference.save()
    site_data.refresh_site_data()
    assert "Peace Conference" in text_of(a_ticket())


def test_only_fonts_that_the_text_needs_are_in_the_file():
    assert fonts_of(a_ticket("Nguyễn Thị Ánh")) == {"BeVietnamPro", "BeVietnamProSemiBold"}
    assert fonts_of(a_ticket("王小明")) == {"BeVietnamPro", "BeVietnamProSemiBold", "DroidSansFallback"}


def test_file_is_small():
    registration = make_registration(badge_name="王小明")
    assert len(render_ticket_pdf(registration, issuance.get_or_issue_ticket(registration))) < 60_000


def test_file_is_handed_over_to_be_kept():
    response = client_for(make_registration().user).get("/my/ticket.pdf")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="ticket.pdf"'
    assert response.content.startswith(b"%PDF-")


def test_file_is_not_made_all_day(settings):
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"ticket": "2/m/user"}
    client, other = (client_for(make_registration().user) for _ in range(2))
    answers = [client.get("/vi/my/ticket.pdf") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Quá nhiều yêu cầu" in answers[2].content.decode()
    assert other.get("/my/ticket.pdf").status_code == 200


# Which font, and in which order


def line(text):
    """The texts and fonts of its runs, left to right."""
    return [(run.text, run.font) for run in split_runs(text, paragraph_direction(text), select_latin_font(text))]


def test_spaces_and_brackets_go_with_what_stands_before_them():
    assert line("李娜 (Li Na)") == [("李娜 ", "DroidSansFallback-1"), ("(Li Na)", "BeVietnamPro-Regular")]


def test_numbers_are_read_from_the_left_among_words_that_are_read_from_the_right():
    assert [text for text, _font in line("مريم 12 الأنصاري")] == ["الأنصاري", " ", "12", "مريم "]
    assert [text for text, _font in line("A مريم 12 الأنصاري B")] == [*["A ", "الأنصاري", " ", "12", "مريم ", " B"]]


def test_name_in_brackets_stands_within_them():
    assert [text for text, _font in line("مريم (Ahmed) ولد")] == ["ولد", ") ", "Ahmed", "(", "مريم "]


def test_words_that_are_read_from_the_right_stand_in_their_order():
    assert [text for text, _font in line("Maryam مريم الأنصاري Smith")] == ["Maryam ", "مريم الأنصاري", " Smith"]


def test_two_scripts_from_the_right_stand_in_their_order():
    assert [font for _text, font in line("مريم כהן")] == ["NotoSansHebrew-Regular", "NotoSansArabic-Regular"]


def test_no_word_is_set_in_two_fonts():
    assert {font for _text, font in line("Ọ̀ṣun Adébáyọ̀")} == {"NotoSans-Regular"}


def test_marks_stay_with_their_letter():
    assert grapheme_clusters("e\u0301क्\u200dष") == ["e\u0301", "क्\u200d", "ष"]


def test_every_font_has_its_file_and_every_file_its_licence():
    named = {
        text_shaping.LATIN_FONT,
        text_shaping.LATIN_BOLD_FONT,
        *text_shaping.FONT_BY_SCRIPT.values(),
        *text_shaping.FALLBACK_FONTS,
    }
    assert {file.stem for file in text_shaping.FONTS_DIR.glob("*.ttf")} == named
    assert {file.name for file in text_shaping.FONTS_DIR.glob("*.txt")} == {"OFL.txt", "Apache-2.0.txt"}


def test_fonts_are_at_most_7_mb():
    assert sum(file.stat().st_size for file in text_shaping.FONTS_DIR.iterdir()) <= 7_000_000
