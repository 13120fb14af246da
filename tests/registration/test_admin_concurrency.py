"""Simultaneous decisions of two registrars."""

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


def test_simultaneous_decisions_one_succeeds_and_one_conflicts():
    make_conference()
    factories.make_registration_settings()
    linh = factories.make_registration(category=factories.make_category(needs_approval=True))
    page = f"/admin/registration/registration/{linh.pk}/review/"
    one, two = (admin_client_for(make_organizer("Registrars")) for _ in range(2))
    version = re.search(r'name="version" value="([0-9a-f]+)"', one.get(page).text)[1]
    barrier = Barrier(2, timeout=60)

    def decide(client, decision):
        try:
            barrier.wait()
            return client.post(page, {"decision": decision, "version": version, "reason": "other"}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        results = [pool.submit(decide, one, "approve"), pool.submit(decide, two, "decline")]
        assert sorted(result.result() for result in results) == [302, 409]
    assert RegistrationEvent.objects.filter(action__in=("approved", "declined")).count() == 1
