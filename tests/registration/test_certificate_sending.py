"""Sending of certificates after the event: who is due, each person once, the admin pages and permissions."""

import io

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from pypdf import PdfReader

from conference.core.admin.model_admin import get_version_token
from conference.mail.models import QueuedEmail
from conference.mail.sender import build_message
from conference.registration.certificates import sending
from conference.registration.certificates.issuance import find_certificate, get_or_issue_certificate
from conference.registration.models import Certificate, CertificateSettings

from ..factories import december, reload_site
from ..users import admin_client_for, make_organizer
from .factories import make_category, make_check_in, make_online_attendance, make_registration

pytestmark = pytest.mark.usefixtures("conference")
SEND, PREVIEW, PRINT = (f"/admin/registration/certificate/{name}" for name in ("send/", "preview.pdf", "print/"))


@pytest.fixture
def people():
    """Somebody who came, somebody online, somebody without a proved address, and somebody who did not come."""
    names = ("came", "online", "no email", "absent")
    with time_machine.travel(december(1, 9)):
        people = {name: make_registration(badge_name=name, passport_name=name) for name in names}
    make_check_in(people["came"])
    make_online_attendance(people["online"])
    make_check_in(people["no email"])
    EmailAddress.objects.filter(user=people["no email"].user).delete()
    QueuedEmail.objects.all().delete()
    return people


@pytest.fixture
def _after(conference):
    with time_machine.travel(december(10, 9), tick=False):
        reload_site()
        yield


@pytest.fixture
def registrar_client(conference, _after):
    return admin_client_for(make_organizer("Registrars"))


def sent_to():
    """The names on the badges of those to whom a certificate was sent, once per e-mail."""
    sent = QueuedEmail.objects.filter(email_type="certificate")
    return sorted(sent.values_list("user__registration__badge_name", flat=True))


@pytest.mark.usefixtures("_after")
def test_queue_has_each_person_in_one_list(people):
    queue = sending.load_queue()
    assert queue.due == [people["came"].pk, people["online"].pk]
    assert (queue.sent, queue.unreachable, queue.under_review) == ([], [people["no email"].pk], [])


@pytest.mark.usefixtures("_after")
def test_each_person_gets_one_email_however_often_it_is_sent(people):
    assert [sending.send_due_certificates() for _ in range(2)] == [2, 0]
    assert sending.send_certificate(people["came"].pk) is False
    assert sent_to() == ["came", "online"]
    assert len(sending.load_queue().sent) == 2


@pytest.mark.usefixtures("_after")
def test_interrupted_sending_continues_with_the_next_person(people):
    assert [sending.send_due_certificates(seconds=-1) for _ in range(3)] == [1, 1, 0]
    assert sent_to() == ["came", "online"]


@pytest.mark.usefixtures("_after")
def test_downloaded_certificate_is_still_sent_and_stays_the_same(people):
    certificate = get_or_issue_certificate(people["came"])
    sending.send_due_certificates()
    assert Certificate.objects.filter(registration=people["came"]).get().code == certificate.code


@pytest.mark.usefixtures("_after")
def test_corrected_name_makes_the_person_due_again(people):
    sending.send_due_certificates()
    people["came"].passport_name = "came indeed"
    people["came"].save()
    assert sending.load_queue().due == [people["came"].pk]
    assert sending.send_due_certificates() == 1
    assert sent_to() == ["came", "came", "online"]


@pytest.mark.usefixtures("_after")
def test_person_under_review_is_not_due():
    with time_machine.travel(december(1, 9)):
        registration = make_registration(category=make_category(needs_approval=True))
    make_check_in(registration)
    queue = sending.load_queue()
    assert (queue.due, queue.under_review) == ([], [registration.pk])
    assert sending.send_certificate(registration.pk) is False


@pytest.mark.usefixtures("_after")
def test_email_has_the_days_and_the_present_certificate_attached(people):
    people["came"].email_language = "vi"
    people["came"].save()
    sending.send_due_certificates()
    email = QueuedEmail.objects.get(user=people["came"].user)
    message = build_message(email)
    assert "Thứ Hai, ngày 7 tháng 12 năm 2020: trực tiếp" in email.text
    assert "/vi/my/certificate.pdf" in email.text
    filename, content, mimetype = message.attachments[-1]
    assert (filename, mimetype) == ("certificate.pdf", "application/pdf")
    certificate = Certificate.objects.get(registration=people["came"])
    assert str(certificate) in PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert mail.outbox == []


@pytest.mark.usefixtures("_after")
def test_queue_takes_a_fixed_number_of_queries(people, django_assert_num_queries):
    sending.send_due_certificates()
    with django_assert_num_queries(4):
        sending.load_queue()


# The admin


def test_registrar_sends_the_certificates_that_are_due(people, registrar_client):
    page = registrar_client.get(SEND).text
    assert "0 of 2 sent" in page
    assert "no email" in page
    response = registrar_client.post(SEND, follow=True)
    assert "2 e-mails are on their way." in response.text
    assert "2 of 2 sent" in response.text
    assert "Send the certificates that are due" not in response.text
    assert sent_to() == ["came", "online"]


def test_nothing_is_sent_before_the_event_is_over(people):
    client = admin_client_for(make_organizer("Registrars"))
    assert "can be sent when the last day of the conference is over" in client.get(SEND).text
    client.post(SEND)
    client.post(PRINT)
    assert (sent_to(), Certificate.objects.count()) == ([], 0)


def test_get_issues_and_sends_nothing(people, registrar_client):
    for url in (SEND, PREVIEW, "/admin/registration/certificate/"):
        assert registrar_client.get(url).status_code == 200
    assert registrar_client.get(PRINT).status_code == 405
    assert (sent_to(), Certificate.objects.count()) == ([], 0)


@pytest.mark.usefixtures("_after")
@pytest.mark.parametrize("group", ["Viewers", "Communications", "Hospitality", "Door supervisors"])
def test_other_groups_may_not_send(group):
    client = admin_client_for(make_organizer(group))
    assert [client.get(SEND).status_code, client.get(PREVIEW).status_code] == [403, 403]
    assert [client.post(SEND).status_code, client.post(PRINT).status_code] == [403, 403]


def test_preview_shows_the_first_person_without_a_valid_code(people, registrar_client):
    response = registrar_client.get(PREVIEW)
    text = PdfReader(io.BytesIO(response.content)).pages[0].extract_text()
    assert "came" in text
    assert find_certificate("0" * 26) is None
    assert response.headers["Content-Disposition"] == 'inline; filename="preview.pdf"'


def test_preview_without_people_shows_a_sample(registrar_client):
    text = PdfReader(io.BytesIO(registrar_client.get(PREVIEW).content)).pages[0].extract_text()
    assert "Nguyễn Thị Ánh Tuyết" in text


def test_people_without_email_are_printed_in_one_file(people, registrar_client):
    response = registrar_client.post(PRINT)
    pages = PdfReader(io.BytesIO(response.content)).pages
    assert len(pages) == 1
    assert str(people["no email"].certificates.get()) in pages[0].extract_text()


def test_list_is_searched_by_name_and_code(people, registrar_client):
    sending.send_due_certificates()
    certificate = Certificate.objects.get(name="came")
    for term in ("came", str(certificate).lower()):
        page = registrar_client.get("/admin/registration/certificate/", {"q": term}).text
        assert ("came" in page, "online</a>" in page) == (True, False)


def test_registrar_sets_the_signatures(registrar_client):
    url = registrar_client.get("/admin/registration/certificatesettings/").headers["Location"]
    data = {"signatory_name": "Phạm Bình", "signatory_title_en": "Minister", "signatory_title_vi": "Bộ trưởng"}
    data |= {"second_name": "", "second_title_en": "", "second_title_vi": ""}
    assert registrar_client.get(url).status_code == 200
    data["token"] = get_version_token(CertificateSettings.objects.get())
    assert registrar_client.post(url, data).status_code == 302
    assert CertificateSettings.load().signatory_name == "Phạm Bình"
    assert CertificateSettings.history.count() >= 1
