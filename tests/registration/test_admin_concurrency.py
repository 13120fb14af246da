"""Two registrars who press at the same moment: one decides, the other is told."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from conference.registration.models import RegistrationEvent

from ..factories import make_conference
from ..users import admin_client_for, make_organizer
from . import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_decisions_at_the_same_moment_one_is_made():
    make_conference()
    factories.make_registration_settings()
    linh = factories.make_registration(category=factories.make_category(needs_approval=True))
    page = f"/admin/registration/registration/{linh.pk}/review/"
    one, two = (admin_client_for(make_organizer("Registrars")) for _ in range(2))
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', one.get(page).text)[1]
    both = Barrier(2)

    def press(client, decision):
        try:
            both.wait()
            return client.post(page, {"decision": decision, "seen": seen, "reason": "other"}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(press, one, "approve"), pool.submit(press, two, "decline")]
        assert sorted(answer.result() for answer in answers) == [302, 409]
    assert RegistrationEvent.objects.filter(action__in=("approve", "decline")).count() == 1
