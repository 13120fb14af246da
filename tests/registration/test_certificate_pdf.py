"""The certificate as a PDF: names in any script, both languages, layout and tags."""

import datetime
import io
import re

import pytest
from pypdf import PdfReader

from conference import site_data
from conference.core import qr
from conference.registration.certificates.issuance import verification_url
from conference.registration.certificates.pdf import render_certificates
from conference.registration.models import Certificate, CertificateSettings

from ..factories import MALICIOUS_TEXT, update

pytestmark = pytest.mark.django_db
CODE = "0123456789ABCDEFGHJKMNPQRS"
DAYS = [["2020-12-07", "in_person"], ["2020-12-08", "in_person"], ["2020-12-09", "online"]]


@pytest.fixture(autouse=True)
def _conference(conference):
    update(conference, organizers_en="Ministry of Peace", organizers_vi="Bộ Hòa bình", venue_en="Hall of Peace")
    site_data.refresh_site_data()


def make_certificate(name="Nguyễn Thị Linh", days=DAYS):
    return Certificate(
        code=CODE, name=name, days=days, issued_at=datetime.datetime(2020, 12, 9, 18, tzinfo=datetime.UTC)
    )


def render(*certificates):
    return PdfReader(io.BytesIO(render_certificates(certificates or [make_certificate()])))


def extract_text(page):
    return " ".join(page.extract_text().split())


def test_certificate_has_the_facts_in_both_languages():
    text = extract_text(render().pages[0])
    expected = ["Ministry of Peace", "Bộ Hòa bình", "Certificate of attendance", "Giấy chứng nhận tham dự"]
    expected += ["Sustaining Peace", "củng cố hòa bình", "7 to 9 December 2020", "Hall of Peace, Ha Noi, Viet Nam"]
    expected += ["in person on 7 and 8 December 2020 and online on 9 December 2020"]
    expected += ["trực tiếp ngày 7 và 8 tháng 12 năm 2020 và trực tuyến ngày 9 tháng 12 năm 2020"]
    # Midnight in Ha Noi has passed.
    expected += ["Nguyễn Thị Linh", "Issued on 10 December 2020", "01234-56789-ABCDE-FGHJK-MNPQRS", "/certificates/"]
    assert [part for part in expected if part not in text] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["مريم الأنصاري", "王小明", "龍應台 蘇慧廉", "Мария Щукина", "김민지", "李娜 (Li Na)"])
def test_certificate_name_in_any_script(name):
    assert name in extract_text(render(make_certificate(name)).pages[0])


@pytest.mark.parametrize("name", ["W" * 150, "م" * 150, "Wise " * 30, MALICIOUS_TEXT[:150], "{nb}"])
def test_certificate_longest_names_stay_in_their_place(name):
    page = render(make_certificate(name)).pages[0]
    heights = []
    page.extract_text(visitor_text=lambda text, _cm, tm, *_: text.strip() and heights.append(tm[5]))
    assert min(heights) > 0
    assert "in person on 7 and 8 December 2020" in extract_text(page)


def test_certificate_of_many_days_fits():
    days = [[str(datetime.date(2020, 1, 1) + datetime.timedelta(days=2 * number)), "online"] for number in range(150)]
    page = render(make_certificate(days=days)).pages[0]
    assert "19, 21, 23 and 25 October 2020" in extract_text(page)


def test_certificate_explains_characters_that_no_font_has():
    text = extract_text(render(make_certificate("𠮷田 花子")).pages[0])
    assert "\ufffd stands for a character that cannot be printed here" in text


def test_certificate_has_signature_lines_only_if_set():
    assert "Minister" not in extract_text(render().pages[0])
    CertificateSettings.objects.create(
        signatory_name="Phạm Bình",
        signatory_title_en="Minister",
        signatory_title_vi="Bộ trưởng",
        second_name="A. Person",
    )
    text = extract_text(render().pages[0])
    assert "Phạm Bình Minister Bộ trưởng A. Person" in text


def test_certificates_are_one_landscape_page_each():
    reader = render(make_certificate("First"), make_certificate("Second"))
    assert [[round(side) for side in page.mediabox[2:]] for page in reader.pages] == [[842, 595]] * 2
    assert "Second" in extract_text(reader.pages[1])
    assert reader.metadata.title == "Certificate of attendance: Women, Peace and Security"
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]


def test_certificate_is_tagged_with_the_language_of_each_text():
    reader = render()
    assert reader.trailer["/Root"]["/Lang"] == "en"
    elements = [kid.get_object() for kid in reader.trailer["/Root"]["/StructTreeRoot"]["/K"][0].get_object()["/K"]]
    tags = [element["/S"] for element in elements]
    assert (tags.count("/H1"), tags.count("/H2"), tags.count("/Figure")) == (1, 1, 1)
    content = reader.pages[0].get_contents().get_data()
    assert content.count(b"/Span <</Lang (vi)>> BDC") == content.count(b"/Span <</Lang (en)>> BDC")
    without_spans = re.sub(rb"/Span <<[^>]*>> BDC(.*?)EMC", rb"\1", content, flags=re.DOTALL)
    outside = re.sub(rb"(?s)/\w+ (?:<<[^>]*>> BDC|BMC).*?EMC", b"", without_spans)
    assert not re.search(rb"\b(Tj|TJ|re|[SfB])\b", outside)


def test_certificate_qr_code_is_that_of_the_verification_page(monkeypatch):
    certificate, drawn = make_certificate(), []
    build = qr.build_matrix
    monkeypatch.setattr(qr, "build_matrix", lambda text: drawn.append(text) or build(text))
    render(certificate)
    assert drawn == [verification_url(certificate)]
