"""Tests of the list of speakers by country."""

import re

import pytest

from .. import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def speakers_of_all_groups(conference):
    speakers = [
        factories.make_speaker(name, country=country)
        for name, country in [("Ann", ""), ("Rosemary", "XO"), ("Linh", "VN"), ("Ingrid", "NO")]
    ]
    factories.make_session("Opening", parts=[("panellist", speaker) for speaker in speakers])
    factories.publish_release()


def test_speakers_of_international_organizations_have_their_own_group(speakers_of_all_groups, client):
    page = client.get("/speakers/?by=country").content.decode()
    headings = re.findall(r"<h2[^>]*>\s*([^<]+?)\s*<", page)
    assert headings[-4:] == ["Norway", "Viet Nam", "International organizations", "No country"]


def test_speaker_of_international_organization_shows_no_country(speakers_of_all_groups, client):
    assert "International organization" not in client.get("/speakers/rosemary/").content.decode()
