"""The ticket as a PDF: names in any script, layout, tags and embedded fonts."""

import io
import re

import pytest
from django.core.cache import cache
from django.utils import translation
from pypdf import PdfReader

from conference import site_data
from conference.registration.pdf import text_shaping
from conference.registration.pdf.text_shaping import (
    grapheme_clusters,
    is_printable,
    paragraph_direction,
    replace_unsupported,
    select_latin_font,
    split_runs,
)
from conference.registration.tickets import issuance
from conference.registration.tickets.pdf import render_ticket_pdf

from ..factories import MALICIOUS_TEXT
from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, client_for, make_category, make_registration

pytestmark = pytest.mark.django_db

# Vietnamese, the official languages of the United Nations, and further scripts.
NAMES = {
    "Vietnamese": "Nguyễn Thị Ánh Tuyết",
    "Arabic": "مريم الأنصاري",
    "Chinese": "王小明",
    "Chinese, not simplified": "龍應台 蘇慧廉",
    "Russian": "Мария Щукина",
    "two scripts": "李娜 (Li Na)",
    "Persian, two halves not joined": "می\u200cخواهم",
    "Hebrew": "נועה כהן",
    "Greek": "Δήμητρα",
    "Korean": "김민지",
    "Japanese": "山田 さくら",
    "Amharic": "ሰላም ተስፋዬ",
    "Georgian": "ნინო ბერიძე",
    "Armenian": "Անի Հակոբյան",
    "Yoruba": "Ọ̀ṣun Adébáyọ̀",
}
# In these scripts, glyphs are reordered, so that the extracted text has another order of characters.
REORDERED_NAMES = {
    "Thai": "สมหญิง ใจดี",
    "Khmer": "សុខា ចាន់",
    "Burmese": "အောင်ဆန်း",
    "Hindi": "प्रिया श्रीवास्तव",
    "Tamil": "தமிழ் செல்வி",
}


@pytest.fixture(autouse=True)
def _conference(conference):
    site_data.refresh_site_data()


def render_pdf(name="Linh", **details):
    registration = make_registration(**{"badge_name": name, "passport_name": "Nguyen Thi Linh"} | details)
    return PdfReader(io.BytesIO(render_ticket_pdf(registration, issuance.get_or_issue_ticket(registration))))


def extract_text(reader):
    return " ".join(reader.pages[0].extract_text().split())


def embedded_fonts(reader):
    return {font["/BaseFont"].partition("+")[2] for font in reader.pages[0]["/Resources"]["/Font"].values()}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_pdf_name_is_printed_in_reading_order(name):
    assert name in extract_text(render_pdf(name))


@pytest.mark.parametrize("name", REORDERED_NAMES.values(), ids=REORDERED_NAMES)
def test_pdf_name_in_a_shaped_script_is_printed(name):
    assert is_printable(name)
    reader = render_pdf(name)
    assert len(reader.pages) == 1
    assert "cannot be printed" not in extract_text(reader)
    assert len(embedded_fonts(reader)) == 3


@pytest.mark.slow
def test_pdf_shows_person_category_and_days():
    text = extract_text(
        render_pdf(
            days={MONDAY: IN_PERSON, TUESDAY: ONLINE},
            organization="联合国 / الأمم المتحدة",
            category=make_category("Media"),
        )
    )
    for expected in (
        *["Nguyen Thi Linh", "联合国", "الأمم المتحدة", "Media", "Viet Nam", "7 to 9 December 2020", "Ha Noi"],
        *["Monday, 7 December 2020: In person", "Tuesday, 8 December 2020: Online"],
    ):
        assert expected in text


def test_pdf_shows_the_short_code():
    registration = make_registration()
    ticket = issuance.get_or_issue_ticket(registration)
    assert issuance.short_code(ticket) in extract_text(PdfReader(io.BytesIO(render_ticket_pdf(registration, ticket))))


def test_pdf_in_vietnamese():
    with translation.override("vi"):
        reader = render_pdf()
    assert reader.trailer["/Root"]["/Lang"] == "vi"
    assert "Thứ Hai, ngày 7 tháng 12 năm 2020" in extract_text(reader)


def test_pdf_has_title_language_and_one_a4_page():
    reader = render_pdf()
    assert reader.metadata.title == "Ticket: Women, Peace and Security"
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]
    assert len(reader.pages) == 1
    assert [round(side) for side in reader.pages[0].mediabox[2:]] == [595, 842]


def test_pdf_content_is_tagged_and_the_qr_code_has_a_text_alternative():
    reader = render_pdf()
    elements = [kid.get_object() for kid in reader.trailer["/Root"]["/StructTreeRoot"]["/K"][0].get_object()["/K"]]
    tags = [element["/S"] for element in elements]
    assert set(tags) == {"/H1", "/P", "/Figure"}
    assert tags.count("/H1") == 1
    assert [element["/Alt"] for element in elements if element["/S"] == "/Figure"] == ["QR code of the ticket"]
    content = reader.pages[0].get_contents().get_data()
    outside = re.sub(rb"(?s)/\w+ (?:<<[^>]*>> BDC|BMC).*?EMC", b"", content)
    assert not re.search(rb"\b(Tj|TJ|re|[SfB])\b", outside)


def test_pdf_has_no_links_scripts_or_attachments():
    reader = render_pdf("https://evil.example", organization="[x](https://evil.example) <img src=file:///etc/passwd>")
    assert "/Annots" not in reader.pages[0]
    assert not {"/AA", "/Names", "/AcroForm"} & set(reader.trailer["/Root"])
    # The initial view of the page, and not an action.
    assert isinstance(reader.trailer["/Root"]["/OpenAction"], list)
    # A long word may take two lines.
    assert "<imgsrc=file:///etc/passwd>" in extract_text(reader).replace(" ", "")


@pytest.mark.parametrize(
    "name", [MALICIOUS_TEXT[:80], "{nb}", "**bold** __u__ --s--", "(\\)", "\u202eevil\u202c", "a\x07b"]
)
def test_user_input_is_not_interpreted(name):
    assert replace_unsupported(name) in extract_text(render_pdf(name))


@pytest.mark.parametrize("name", ["W" * 80, "م" * 80, "W " * 40, "\u0301" * 80, "𠮷" * 80])
def test_pdf_longest_names_fit_on_the_page(name):
    reader = render_pdf(name, passport_name=(name * 2)[:150], organization=(name * 2)[:150])
    assert len(reader.pages) == 1
    heights = []
    reader.pages[0].extract_text(visitor_text=lambda text, _cm, tm, *_: text.strip() and heights.append(tm[5]))
    assert min(heights) > 0


NOTE = "\ufffd stands for a character that cannot be printed here."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("𠮷田 花子", "\ufffd田 花子"),
        ("Anna 😀", "Anna \ufffd"),
        ("\ue000", "\ufffd"),
        ("བསྟན་འཛིན་ Tenzin", "\ufffd" * len("བསྟན་འཛིན་") + " Tenzin"),
        ("e\u20dd Smith", "e\ufffd Smith"),
    ],
)
def test_pdf_characters_that_no_font_has_become_placeholders(name, printed):
    text = extract_text(render_pdf("Linh", passport_name=name))
    assert f"Name as in passport {printed} {NOTE}" in text
    assert text.count(NOTE) == 1


@pytest.mark.slow
def test_pdf_note_stands_at_every_field_with_a_placeholder():
    reader = render_pdf("𠮷", passport_name="𠮷", organization="𠮷", category=make_category("𠮷"))
    assert extract_text(reader).count(NOTE) == 4
    assert len(reader.pages) == 1


def test_pdf_note_is_in_the_language_of_the_ticket():
    with translation.override("vi"):
        assert "\ufffd thay cho một ký tự không in được ở đây." in extract_text(render_pdf("𠮷"))


def test_pdf_printable_names_have_no_note():
    assert "\ufffd" not in extract_text(render_pdf("王小明"))


def test_pdf_empty_text_is_a_dash():
    assert "Organization –" in extract_text(render_pdf(organization=""))


def test_pdf_characters_of_the_conference_that_no_font_has_become_placeholders(conference):
    conference.name_en = "Peace 🕊 Conference"
    conference.save()
    site_data.refresh_site_data()
    assert f"Peace \ufffd Conference {NOTE}" in extract_text(render_pdf())


@pytest.mark.slow
def test_pdf_embeds_only_the_fonts_of_the_text():
    assert embedded_fonts(render_pdf("Nguyễn Thị Ánh")) == {"BeVietnamPro", "BeVietnamProSemiBold"}
    assert embedded_fonts(render_pdf("王小明")) == {"BeVietnamPro", "BeVietnamProSemiBold", "DroidSansFallback"}


def test_pdf_is_small():
    registration = make_registration(badge_name="王小明")
    assert len(render_ticket_pdf(registration, issuance.get_or_issue_ticket(registration))) < 60_000


def test_pdf_is_downloaded_as_an_attachment():
    response = client_for(make_registration().user).get("/my/ticket.pdf")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="ticket.pdf"'
    assert response.content.startswith(b"%PDF-")


@pytest.mark.slow
def test_pdf_rate_limit(settings):
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"ticket": "2/m/user"}
    client, other = (client_for(make_registration().user) for _ in range(2))
    responses = [client.get("/vi/my/ticket.pdf") for _ in range(3)]
    assert [response.status_code for response in responses] == [200, 200, 429]
    assert "Quá nhiều yêu cầu" in responses[2].content.decode()
    assert other.get("/my/ticket.pdf").status_code == 200


# Runs and fonts


def runs(text):
    """Pairs of text and font, from left to right."""
    return [(run.text, run.font) for run in split_runs(text, paragraph_direction(text), select_latin_font(text))]


def test_split_runs_neutral_characters_take_the_previous_font():
    assert runs("李娜 (Li Na)") == [("李娜 ", "DroidSansFallback-1"), ("(Li Na)", "BeVietnamPro-Regular")]


def test_split_runs_numbers_in_right_to_left_text_are_left_to_right():
    assert [text for text, _font in runs("مريم 12 الأنصاري")] == ["الأنصاري", " ", "12", "مريم "]
    assert [text for text, _font in runs("A مريم 12 الأنصاري B")] == [*["A ", "الأنصاري", " ", "12", "مريم ", " B"]]


def test_split_runs_brackets_in_right_to_left_text_are_mirrored():
    assert [text for text, _font in runs("مريم (Ahmed) ولد")] == ["ولد", ") ", "Ahmed", "(", "مريم "]


def test_split_runs_right_to_left_words_keep_their_order():
    assert [text for text, _font in runs("Maryam مريم الأنصاري Smith")] == ["Maryam ", "مريم الأنصاري", " Smith"]


def test_split_runs_two_right_to_left_scripts_are_ordered():
    assert [font for _text, font in runs("مريم כהן")] == ["NotoSansHebrew-Regular", "NotoSansArabic-Regular"]


def test_split_runs_latin_text_has_one_font():
    assert {font for _text, font in runs("Ọ̀ṣun Adébáyọ̀")} == {"NotoSans-Regular"}


def test_grapheme_clusters_keep_marks_with_their_letter():
    assert grapheme_clusters("e\u0301क्\u200dष") == ["e\u0301", "क्\u200d", "ष"]


def test_fonts_have_files_and_licences():
    fonts = {
        text_shaping.LATIN_FONT,
        text_shaping.LATIN_BOLD_FONT,
        *text_shaping.FONT_BY_SCRIPT.values(),
        *text_shaping.FALLBACK_FONTS,
    }
    assert {file.stem for file in text_shaping.FONTS_DIR.glob("*.ttf")} == fonts
    assert {file.name for file in text_shaping.FONTS_DIR.glob("*.txt")} == {"OFL.txt", "Apache-2.0.txt"}


def test_fonts_are_at_most_7_mb():
    assert sum(file.stat().st_size for file in text_shaping.FONTS_DIR.iterdir()) <= 7_000_000
