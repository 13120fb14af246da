"""Concurrent requests for one certificate, sending by two organizers, and presence recorded twice at once."""

import pytest
import time_machine
from django.core.cache import cache

from conference.mail.models import QueuedEmail
from conference.registration.attendance.joining import record_online_attendance
from conference.registration.certificates import sending
from conference.registration.certificates.issuance import get_or_issue_certificate
from conference.registration.models import Certificate, OnlineAttendance

from ..factories import december, reload_site
from ..threads import run_in_threads
from .factories import MONDAY, ONLINE, make_check_in, make_registration

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("conference"),
    pytest.mark.slow,
]


@pytest.fixture
def registrations():
    """Six people who were there on Monday. It is the day after the event."""
    cache.clear()
    reload_site()
    registrations = [make_registration(days={MONDAY: ONLINE}) for _ in range(6)]
    for registration in registrations:
        make_check_in(registration)
    with time_machine.travel(december(10, 9), tick=False):
        yield registrations


def test_certificate_requested_eight_times_at_once_is_issued_once(registrations):
    certificates = run_in_threads(*[lambda: get_or_issue_certificate(registrations[0])] * 8)
    assert len({certificate.code for certificate in certificates}) == 1
    assert Certificate.objects.count() == 1


def test_two_organizers_who_send_at_once_send_to_each_person_once(registrations):
    numbers = run_in_threads(*[sending.send_due_certificates] * 3)
    assert sum(numbers) == 6
    emails = QueuedEmail.objects.filter(email_type="certificate")
    assert sorted(emails.values_list("user", flat=True)) == sorted(item.user_id for item in registrations)


def test_presence_recorded_in_two_windows_at_once_is_one_row(registrations):
    registration = registrations[0]
    with time_machine.travel(december(7, 18), tick=False):
        results = run_in_threads(*[lambda: record_online_attendance(registration)] * 6)
    assert len({result.pk for result in results}) == 1
    assert OnlineAttendance.objects.count() == 1
