"""Speakers at the organizers' desk."""

import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import escape
from PIL import Image

from conference.core.admin import get_version_token
from speakers.models import Picture, Speaker

from .. import factories
from ..users import admin_client_for, count_queries, empty_formsets, form_errors, make_organizer, make_superuser

HOSTILE = '"><img src=x onerror=1>'
SPEAKERS = "/admin/speakers/speaker/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(conference):
    return admin_client_for(make_organizer("Programme editors"))


def filled_in(**changes):
    return {"name_en": "Linh", "sort_name": "Linh", "slug": ""} | empty_formsets("links") | changes


def shown(response):
    return response.content.decode()


def names(response):
    return {str(row) for row in response.context["cl"].queryset}


def a_photograph(colour="teal"):
    file = io.BytesIO()
    Image.new("RGB", (300, 300), colour).save(file, "JPEG")
    return SimpleUploadedFile("me.jpg", file.getvalue(), "image/jpeg")


@pytest.mark.parametrize("page", [SPEAKERS, f"{SPEAKERS}add/", f"/vi{SPEAKERS}", f"/vi{SPEAKERS}add/"])
def test_the_desk_opens_in_both_languages(desk, published, page):
    assert desk.get(page).status_code == 200


def test_the_list_asks_as_often_for_thirty_speakers_as_for_one(desk):
    factories.make_speaker(country="VN")
    for_one = count_queries(desk, SPEAKERS)
    for _ in range(29):
        factories.make_speaker(country="NO")
    assert count_queries(desk, SPEAKERS) == for_one


def test_an_empty_address_is_made_from_the_name(desk):
    desk.post(f"{SPEAKERS}add/", filled_in(name_en="Đặng Thị Ngọc Thịnh"))
    assert Speaker.objects.get().slug == "dang-thi-ngoc-thinh"


@pytest.mark.parametrize("words", ["thi phong", "Tòng", "TONG phong"])
def test_a_search_does_not_mind_marks(desk, words):
    factories.make_speaker("Tong Thi Phong", name_vi="Tòng Thị Phóng")
    factories.make_speaker("Kristin Lund")
    assert names(desk.get(SPEAKERS, {"q": words})) == {"Tong Thi Phong"}


def test_a_speaker_is_found_for_a_session_by_typing(desk):
    linh = factories.make_speaker("Linh", name_vi="Nguyễn Thị Linh")
    factories.make_speaker("Ingrid")
    asked = {"app_label": "programme", "model_name": "participation", "field_name": "speaker", "term": "nguyen"}
    found = desk.get("/admin/autocomplete/", asked).json()["results"]
    assert found == [{"id": str(linh.pk), "text": "Linh"}]


def test_what_is_found_by_typing_is_data_and_no_markup(desk):
    factories.make_speaker(HOSTILE, slug="hostile")
    asked = {"app_label": "programme", "model_name": "participation", "field_name": "speaker", "term": "img"}
    response = desk.get("/admin/autocomplete/", asked)
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["results"][0]["text"] == HOSTILE


def test_nobody_else_finds_speakers_by_typing(conference):
    asked = {"app_label": "programme", "model_name": "participation", "field_name": "speaker", "term": ""}
    assert admin_client_for(make_organizer("Communications")).get("/admin/autocomplete/", asked).status_code == 403


def test_the_list_is_narrowed_by_country(desk):
    factories.make_speaker("Linh", country="VN")
    factories.make_speaker("Ingrid", country="NO")
    response = desk.get(SPEAKERS, {"country": "NO"})
    assert names(response) == {"Ingrid"}
    assert "Viet Nam" in shown(response)
    assert "Zimbabwe" not in shown(response)


def test_the_page_tells_where_somebody_speaks(desk):
    linh = factories.make_speaker("Linh")
    factories.make_session("Opening", parts=[("chair", linh), ("remarks", linh)])
    assert '<div class="readonly">Opening</div>' in shown(desk.get(f"{SPEAKERS}{linh.pk}/change/"))


def test_a_speaker_shows_the_page_that_was_published(desk, published):
    linh = Speaker.objects.get(slug="nguyen-thi-linh")
    secret = Speaker.objects.get(name_en="Secret Guest")
    assert 'href="/speakers/nguyen-thi-linh/"' in shown(desk.get(f"{SPEAKERS}{linh.pk}/change/"))
    assert 'class="viewsitelink"' not in shown(desk.get(f"{SPEAKERS}{secret.pk}/change/"))


def test_somebody_who_speaks_is_not_deleted_and_the_page_says_why(desk):
    linh = factories.make_speaker("Linh")
    factories.make_session("Opening", parts=[("chair", linh)])
    page = reverse("admin:speakers_speaker_delete", args=[linh.pk])
    assert "protected" in shown(desk.get(page))
    desk.post(page, {"post": "yes"})
    assert Speaker.objects.exists()


@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_a_hostile_name_is_text_on_every_page(desk, page):
    row = factories.make_speaker(HOSTILE, slug="hostile", function_en=HOSTILE)
    text = shown(desk.get(reverse(f"admin:speakers_speaker_{page}", args=[row.pk])))
    assert escape(HOSTILE) in text
    assert "<img src=x" not in text


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "mailto:a@b.example"])
def test_a_link_leads_to_the_web_and_nowhere_else(desk, address):
    link = {"links-0-kind": "website", "links-0-url": address, "links-0-order": "0", "links-TOTAL_FORMS": "1"}
    assert desk.post(f"{SPEAKERS}add/", filled_in() | link).status_code == 200
    assert not Speaker.objects.exists()


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_portrait_is_kept_as_the_site_serves_it(desk, media):
    desk.post(f"{SPEAKERS}add/", filled_in(picture=a_photograph()))
    portrait = Speaker.objects.get().portrait
    assert all(default_storage.exists(file["path"]) for file in portrait.files)
    page = shown(desk.get(f"{SPEAKERS}{Speaker.objects.get().pk}/change/"))
    assert portrait.files[-1]["path"].rpartition("/")[0] in page


def test_a_portrait_stays_when_something_else_is_edited(desk, media):
    desk.post(f"{SPEAKERS}add/", filled_in(picture=a_photograph()))
    linh = Speaker.objects.get()
    desk.post(
        f"{SPEAKERS}{linh.pk}/change/", filled_in(name_en="Linh Nguyen", slug=linh.slug, token=get_version_token(linh))
    )
    assert Speaker.objects.get().portrait == linh.portrait


def test_a_replaced_portrait_leaves_nothing_behind(desk, media, django_capture_on_commit_callbacks):
    desk.post(f"{SPEAKERS}add/", filled_in(picture=a_photograph("teal")))
    linh = Speaker.objects.select_related("portrait").get()
    with django_capture_on_commit_callbacks(execute=True):
        sent = filled_in(slug=linh.slug, picture=a_photograph("plum"), token=get_version_token(linh))
        desk.post(f"{SPEAKERS}{linh.pk}/change/", sent)
    assert Picture.objects.get() == Speaker.objects.get().portrait
    assert not default_storage.exists(linh.portrait.files[0]["path"])


def test_a_deleted_speakers_portrait_goes_too(desk, media, django_capture_on_commit_callbacks):
    desk.post(f"{SPEAKERS}add/", filled_in(picture=a_photograph()))
    page = reverse("admin:speakers_speaker_delete", args=[Speaker.objects.get().pk])
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(page, {"post": "yes"})
    assert not Picture.objects.exists()


AGAIN = ["Please choose this file again. Files are kept only after the form is saved."]


def test_a_picture_that_came_with_a_mistake_is_asked_for_again(desk, media):
    response = desk.post(f"{SPEAKERS}add/", filled_in(sort_name="", picture=a_photograph()))
    assert form_errors(response) == {"sort_name": ["This field is required."], "picture": AGAIN}


def test_a_picture_that_came_with_a_save_over_somebody_elses_is_asked_for_again(desk, media):
    linh = factories.make_speaker("Linh")
    sent = filled_in(token=get_version_token(linh), picture=a_photograph())
    Speaker.objects.update(country="VN")
    response = desk.post(f"{SPEAKERS}{linh.pk}/change/", sent)
    assert form_errors(response)["picture"] == AGAIN
    assert not Picture.objects.exists()


def test_what_is_no_picture_is_refused_in_a_sentence(desk, media):
    page = SimpleUploadedFile("me.jpg", b"<html><script>alert(1)</script>", "image/jpeg")
    response = desk.post(f"{SPEAKERS}add/", filled_in(picture=page))
    assert form_errors(response) == {
        "picture": ["This file is not a JPEG, PNG or WebP picture. Save it in one of these formats and try again."]
    }


def test_everything_can_be_done_by_who_may_do_everything(conference):
    assert admin_client_for(make_superuser()).get(f"{SPEAKERS}add/").status_code == 200
