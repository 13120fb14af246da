"""Admin of badges: permissions, new batch, progress, download, single badge, layouts and their preview."""

import io

import pytest
from django.contrib.auth.models import Group
from pypdf import PdfReader

from conference import site_data
from conference.registration.badges import batches
from conference.registration.models import BadgeBatch, BadgeLayout, BadgePrint, ExportLog

from ..users import admin_client_for, count_queries, make_organizer
from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, make_category, make_registration

ADD_URL, LAYOUTS_URL = "/admin/registration/badgebatch/add/", "/admin/registration/badgelayout/"
JSON = {"headers": {"accept": "application/json"}}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(conference, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    site_data.refresh_site_data()


@pytest.fixture
def layout():
    return BadgeLayout.get_default()


def batch_data(**changes):
    data = {"selection": "missing", "category": "", "day": "", "order": "name"}
    return data | {"layout": BadgeLayout.get_default().pk} | changes


def layout_data(**changes):
    data = {"name": "Press", "format": "a6", "language": "all", "name_size": 30, "text_size": 12}
    data |= {"background_color": "#ffffff", "text_color": "#000000", "heading_color": "#5a2f75", "shows_category": "on"}
    data |= dict.fromkeys(("title_en", "title_vi", "back_text_en", "back_text_vi", "wifi_text_en", "wifi_text_vi"), "")
    return data | changes


def badge_url(registration):
    return f"/admin/registration/registration/{registration.pk}/badge/"


def batch_url(batch, page="change"):
    return f"/admin/registration/badgebatch/{batch.pk}/{page}/"


def read_pdf(response):
    reader = PdfReader(io.BytesIO(b"".join(response.streaming_content)))
    # response.close() of the test client would also close the connection to the database.
    for close in response._resource_closers:
        close()
    return reader


# Permissions


@pytest.mark.parametrize("group", ["Registrars", "Door supervisors"])
def test_groups_that_may_print(group):
    assert Group.objects.get(name=group).permissions.filter(codename="print_badges").exists()


@pytest.mark.parametrize("group", ["Door staff", "Hospitality", "Viewers", "Programme editors"])
def test_pages_are_forbidden_without_permission(group, layout):
    client, registration = admin_client_for(make_organizer(group)), make_registration()
    batch = BadgeBatch.objects.create(layout=layout)
    pages = [ADD_URL, batch_url(batch), badge_url(registration), "/admin/registration/badgebatch/"]
    assert [client.get(page).status_code for page in pages] == [403] * 4
    posts = [
        batch_url(batch, "render"),
        batch_url(batch, "download"),
        LAYOUTS_URL + "preview/",
        badge_url(registration),
    ]
    assert [client.post(page).status_code for page in posts] == [403] * 4
    assert BadgePrint.objects.count() == 0


def test_door_supervisor_prints_one_badge_without_viewing_registrations():
    client, registration = admin_client_for(make_organizer("Door supervisors")), make_registration()
    page = client.get(badge_url(registration)).content.decode()
    assert "Linh" in page
    assert f"/{registration.pk}/review/" not in page
    response = client.post(badge_url(registration), {"layout": BadgeLayout.get_default().pk})
    assert response.headers["Content-Type"] == "application/pdf"
    assert len(read_pdf(response).pages) == 2


def test_door_supervisor_cannot_search_registrations_by_the_filters_of_the_list():
    client = admin_client_for(make_organizer("Door supervisors"))
    make_registration()
    response = client.get(ADD_URL + "?q=nobody")
    assert "1 person gets a badge" in response.content.decode()


# Batches


def test_new_batch_is_rendered_and_downloaded(registrar_client, registrar):
    make_registration(badge_name="Ánh")
    make_registration(badge_name="Bình")
    make_registration(badge_name="Online", days={MONDAY: ONLINE})
    response = registrar_client.post(ADD_URL, batch_data(), follow=True)
    batch = BadgeBatch.objects.get()
    assert (batch.number, batch.by, batch.is_finished) == (2, registrar, True)
    assert "Download the PDF" in response.content.decode()
    download = registrar_client.post(batch_url(batch, "download"))
    pages = read_pdf(download).pages
    assert ["Ánh" in pages[0].extract_text(), "Bình" in pages[2].extract_text()] == [True, True]
    assert "attachment" in download.headers["Content-Disposition"]
    assert ExportLog.objects.values_list("by", "format", "rows").get() == (registrar.pk, "badge", 2)


def test_new_batch_of_the_filtered_list(registrar_client):
    make_registration(badge_name="Ánh")
    make_registration(badge_name="Bình")
    registrar_client.post(ADD_URL + "?q=binh", batch_data())
    assert BadgePrint.objects.get().registration.badge_name == "Bình"


def test_new_batch_of_a_category_and_a_day(registrar_client):
    media, other = make_category("Media"), make_category("Other")
    make_registration(category=media, days={MONDAY: IN_PERSON})
    wanted = make_registration(category=media, days={TUESDAY: IN_PERSON})
    make_registration(category=other, days={TUESDAY: IN_PERSON})
    make_registration(category=media, days={MONDAY: IN_PERSON, TUESDAY: ONLINE})
    registrar_client.post(ADD_URL, batch_data(category=media.pk, day=TUESDAY.isoformat()))
    assert BadgePrint.objects.get().registration == wanted


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, "No badges to print."),
        ({"layout": "999"}, "Select a valid choice"),
        ({"order": "x"}, "Select a valid choice"),
        ({"day": "2020-13-45"}, "Select a valid choice"),
        ({"selection": ""}, "This field is required"),
    ],
)
def test_new_batch_explains_errors(registrar_client, changes, error):
    response = registrar_client.post(ADD_URL, batch_data(**changes))
    assert response.status_code == 200
    assert error in response.content.decode()
    assert not BadgeBatch.objects.exists()


def test_new_batch_of_too_many_people_is_refused(registrar_client, monkeypatch):
    monkeypatch.setattr("conference.registration.admin.badges.forms.MAX_BADGES", 1)
    make_registration()
    make_registration()
    response = registrar_client.post(ADD_URL, batch_data())
    assert "These are 2 badges. Choose at most 1" in response.content.decode()


def test_progress_without_script_continues_with_the_button(registrar_client, monkeypatch):
    monkeypatch.setattr(batches, "PART_SIZE", 1)
    batch = batches.create_batch(
        [make_registration(), make_registration()], BadgeLayout.get_default(), "name", make_organizer()
    )
    batches.render_next_part(batch)
    page = registrar_client.get(batch_url(batch)).content.decode()
    assert 'max="2" value="1"' in page
    assert "Continue" in page
    response = registrar_client.post(batch_url(batch, "render"), follow=True)
    assert "The file is ready" in response.content.decode()


def test_progress_for_the_script(registrar_client):
    batch = batches.create_batch([make_registration()], BadgeLayout.get_default(), "name", make_organizer())
    assert registrar_client.post(batch_url(batch, "render"), **JSON).json() == {"done": 1, "number": 1, "is_over": True}


def test_get_renders_nothing(registrar_client):
    batch = batches.create_batch([make_registration()], BadgeLayout.get_default(), "name", make_organizer())
    registrar_client.get(batch_url(batch))
    assert [registrar_client.get(batch_url(batch, page)).status_code for page in ("render", "download")] == [405, 405]
    assert BadgePrint.objects.get().at is None


def test_download_of_deleted_file_is_explained(registrar_client):
    batch = batches.create_batch([make_registration()], BadgeLayout.get_default(), "name", make_organizer())
    batches.render_parts(batch, seconds=9)
    batches.delete_batch_files([batch])
    response = registrar_client.post(batch_url(batch, "download"), follow=True)
    assert "This file is not ready, or it was deleted." in response.content.decode()
    assert "The file was deleted." in response.content.decode()


def test_list_of_batches_has_constant_queries(registrar_client, layout):
    url = "/admin/registration/badgebatch/"
    BadgeBatch.objects.create(layout=layout, by=make_organizer(), number=1)
    before = count_queries(registrar_client, url)
    for _number in range(3):
        BadgeBatch.objects.create(layout=layout, by=make_organizer(), number=1)
    assert count_queries(registrar_client, url) == before


@pytest.mark.parametrize(("value", "number"), [("missing", 1), ("changed", 0), ("all", 2), ("x", 0)])
def test_list_of_registrations_is_filtered_by_badge(registrar_client, layout, value, number):
    printed, _missing = make_registration(), make_registration()
    make_registration(days={MONDAY: ONLINE})
    batches.print_badge(printed, layout, make_organizer())
    response = registrar_client.get(f"/admin/registration/registration/?badge={value}")
    assert response.context["cl"].result_count == number


# One badge


def test_single_badge_is_printed_and_reprinted(registrar_client, layout):
    registration = make_registration()
    assert "Reprint" not in registrar_client.get(badge_url(registration)).content.decode()
    first, second = (
        read_pdf(registrar_client.post(badge_url(registration), {"layout": layout.pk})) for _number in range(2)
    )
    assert ["Reprint 1" in reader.pages[0].extract_text() for reader in (first, second)] == [False, True]
    page = registrar_client.get(badge_url(registration)).content.decode()
    assert "Printed badges" in page
    assert page.count("badge-preview") == 2


def test_single_badge_of_a_person_without_one_is_explained(registrar_client, layout):
    registration = make_registration(days={MONDAY: ONLINE})
    page = registrar_client.get(badge_url(registration)).content.decode()
    assert "This person gets no badge" in page
    assert "Online only" in page
    response = registrar_client.post(badge_url(registration), {"layout": layout.pk})
    assert response.status_code == 409
    assert not BadgePrint.objects.exists()


def test_single_badge_page_changes_nothing(registrar_client):
    registration = make_registration()
    registrar_client.get(badge_url(registration))
    assert not registration.tickets.exists()
    assert not BadgePrint.objects.exists()


def test_single_badge_unknown_layout_shows_the_default(registrar_client):
    assert registrar_client.get(badge_url(make_registration()) + "?layout=x").status_code == 200


def test_review_page_links_to_the_badge(registrar_client):
    registration = make_registration()
    page = registrar_client.get(f"/admin/registration/registration/{registration.pk}/review/").content.decode()
    assert badge_url(registration) in page


# Layouts


def test_layout_list_creates_the_first_layout(registrar_client):
    assert "A6" in registrar_client.get(LAYOUTS_URL).content.decode()
    assert BadgeLayout.objects.count() == 1


def test_layout_preview_shows_unsaved_values(registrar_client, layout):
    data = layout_data(format="label_wide", title_en="Forum")
    response = registrar_client.post(f"{LAYOUTS_URL}{layout.pk}/preview/", data, **JSON)
    assert 'viewBox="0 0 90 50"' in response.content.decode()
    assert "<html" not in response.content.decode()
    layout.refresh_from_db()
    assert (layout.format, BadgeLayout.objects.count()) == ("a6", 1)


def test_layout_preview_without_script_is_a_page(registrar_client):
    page = registrar_client.post(f"{LAYOUTS_URL}preview/", layout_data(name="", sample="other")).content.decode()
    assert "<html" in page
    assert "مريم الأنصاري" in page
    assert not BadgeLayout.objects.exists()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"text_color": "#ffff00"}, "This text is hard to read on this background."),
        ({"text_color": "red"}, "Enter a colour such as #5a2f75."),
        ({"name_size": "900"}, "less than or equal to 72"),
        ({"format": "a3"}, "Select a valid choice"),
    ],
)
def test_layout_preview_explains_errors(registrar_client, changes, error):
    response = registrar_client.post(f"{LAYOUTS_URL}preview/", layout_data(**changes), **JSON)
    assert response.status_code == 200
    assert error in response.content.decode()
    assert "<svg" not in response.content.decode()


def test_layout_test_print_is_a_pdf_of_all_examples(registrar_client):
    response = registrar_client.post(f"{LAYOUTS_URL}preview/", layout_data(pdf="1"))
    assert len(PdfReader(io.BytesIO(response.content)).pages) == 3


def test_layout_is_saved_with_a_logo(registrar_client, settings, tmp_path):
    from ..speakers.malicious_files import make_jpeg

    settings.MEDIA_ROOT = tmp_path / "media"
    upload = io.BytesIO(make_jpeg())
    upload.name = "logo.jpg"
    response = registrar_client.post(f"{LAYOUTS_URL}add/", layout_data(picture=upload))
    assert response.status_code == 302
    saved = BadgeLayout.objects.get(name="Press")
    assert saved.logo
    preview = registrar_client.post(f"{LAYOUTS_URL}{saved.pk}/preview/", layout_data(), **JSON)
    assert "/media/pictures/" in preview.content.decode()


def test_layout_hostile_texts_are_escaped(registrar_client):
    data = layout_data(title_en='"><script>alert(1)</script>', back_text_en="<b>" * 100)
    page = registrar_client.post(f"{LAYOUTS_URL}preview/", data, **JSON).content.decode()
    assert "<script" not in page


def test_badge_page_with_a_deleted_layout_prints_nothing_and_explains(registrar_client):
    registration = make_registration()
    response = registrar_client.post(badge_url(registration), {"layout": 0})
    assert response.status_code == 409
    assert "Select a valid choice" in response.content.decode()
    assert not BadgePrint.objects.exists()
    assert registrar_client.get(badge_url(registration), {"_changelist_filters": "q=1"}).status_code == 200
