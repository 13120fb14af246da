"""Admin of the speakers."""

import io
import os
import re

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import escape
from PIL import Image

from conference.core.admin.model_admin import get_version_token
from conference.core.pending_uploads import MAX_FILES_PER_OWNER, load_pending_upload, save_pending_upload
from speakers.models import Picture, Speaker

from .. import factories
from ..core import admin_forms
from ..users import admin_client_for, count_queries, empty_formsets, form_errors, make_organizer, make_superuser

MALICIOUS_NAME = '"><img src=x onerror=1>'
SPEAKERS = "/admin/speakers/speaker/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor_client(conference):
    return admin_client_for(make_organizer("Programme editors"))


def make_form_data(**changes):
    return {"name_en": "Linh", "sort_name": "Linh", "slug": ""} | empty_formsets("links") | changes


def get_html(response):
    return response.content.decode()


def get_listed_names(response):
    return {str(row) for row in response.context["cl"].queryset}


def make_photograph(colour="teal"):
    file = io.BytesIO()
    Image.new("RGB", (300, 300), colour).save(file, "JPEG")
    return SimpleUploadedFile("me.jpg", file.getvalue(), "image/jpeg")


@pytest.mark.parametrize("page", [SPEAKERS, f"{SPEAKERS}add/", f"/vi{SPEAKERS}", f"/vi{SPEAKERS}add/"])
def test_speaker_admin_opens_in_each_language(editor_client, published, page):
    assert editor_client.get(page).status_code == 200


@pytest.mark.slow
def test_change_list_makes_the_same_queries_for_one_and_thirty_speakers(editor_client):
    factories.make_speaker(country="VN")
    for_one = count_queries(editor_client, SPEAKERS)
    for _ in range(29):
        factories.make_speaker(country="NO")
    assert count_queries(editor_client, SPEAKERS) == for_one


def test_add_without_slug_generates_it_from_the_name(editor_client):
    editor_client.post(f"{SPEAKERS}add/", make_form_data(name_en="Đặng Thị Ngọc Thịnh"))
    assert Speaker.objects.get().slug == "dang-thi-ngoc-thinh"


def test_second_speaker_of_the_same_name_gets_a_numbered_slug(editor_client):
    for _ in range(2):
        editor_client.post(f"{SPEAKERS}add/", make_form_data(name_en="Nguyen Van Hung", slug="nguyen-van-hung"))
    assert set(Speaker.objects.values_list("slug", flat=True)) == {"nguyen-van-hung", "nguyen-van-hung-2"}


@pytest.mark.parametrize(
    ("name", "country", "sort_name"),
    [
        ("Phumzile Mlambo-Ngcuka", "", "Mlambo-Ngcuka, Phumzile"),
        ("Ursula von der Leyen", "DE", "von der Leyen, Ursula"),
        ("Nguyen Van Hung", "", "Nguyen Van Hung"),
        ("Tòng Thị Phóng", "VN", "Tòng Thị Phóng"),
        ("Do Santos Maria", "BR", "Maria, Do Santos"),
        ("Kang Kyung-wha", "KR", "Kang Kyung-wha"),
        ("Madonna", "", "Madonna"),
    ],
)
def test_add_without_sort_name_makes_it_from_the_name(editor_client, name, country, sort_name):
    editor_client.post(f"{SPEAKERS}add/", make_form_data(name_en=name, country=country, sort_name=""))
    assert Speaker.objects.get().sort_name == sort_name


@pytest.mark.parametrize("words", ["thi phong", "Tòng", "TONG phong"])
def test_search_ignores_diacritics(editor_client, words):
    factories.make_speaker("Tong Thi Phong", name_vi="Tòng Thị Phóng")
    factories.make_speaker("Kristin Lund")
    assert get_listed_names(editor_client.get(SPEAKERS, {"q": words})) == {"Tong Thi Phong"}


def test_autocomplete_finds_a_speaker_by_vietnamese_name(editor_client):
    linh = factories.make_speaker("Linh", name_vi="Nguyễn Thị Linh")
    factories.make_speaker("Ingrid")
    params = {"app_label": "programme", "model_name": "participation", "field_name": "speaker", "term": "nguyen"}
    found = editor_client.get("/admin/autocomplete/", params).json()["results"]
    assert found == [{"id": str(linh.pk), "text": "Linh"}]


def test_autocomplete_returns_json_without_markup(editor_client):
    factories.make_speaker(MALICIOUS_NAME, slug="hostile")
    params = {"app_label": "programme", "model_name": "participation", "field_name": "speaker", "term": "img"}
    response = editor_client.get("/admin/autocomplete/", params)
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["results"][0]["text"] == MALICIOUS_NAME


def test_autocomplete_without_permission_returns_403(conference):
    params = {"app_label": "programme", "model_name": "participation", "field_name": "speaker", "term": ""}
    assert admin_client_for(make_organizer("Communications")).get("/admin/autocomplete/", params).status_code == 403


def test_country_filter_lists_only_countries_of_speakers(editor_client):
    factories.make_speaker("Linh", country="VN")
    factories.make_speaker("Ingrid", country="NO")
    response = editor_client.get(SPEAKERS, {"country": "NO"})
    assert get_listed_names(response) == {"Ingrid"}
    assert "Viet Nam" in get_html(response)
    assert "Zimbabwe" not in get_html(response)


def test_change_page_lists_the_sessions_once(editor_client):
    linh = factories.make_speaker("Linh")
    factories.make_session("Opening", parts=[("chair", linh), ("remarks", linh)])
    assert '<div class="readonly">Opening</div>' in get_html(editor_client.get(f"{SPEAKERS}{linh.pk}/change/"))


def test_view_on_site_links_to_published_speakers_only(editor_client, published):
    linh = Speaker.objects.get(slug="nguyen-thi-linh")
    secret = Speaker.objects.get(name_en="Secret Guest")
    assert 'href="/speakers/nguyen-thi-linh/"' in get_html(editor_client.get(f"{SPEAKERS}{linh.pk}/change/"))
    assert 'class="viewsitelink"' not in get_html(editor_client.get(f"{SPEAKERS}{secret.pk}/change/"))


def test_delete_of_a_speaker_with_sessions_is_refused_with_a_reason(editor_client):
    linh = factories.make_speaker("Linh")
    factories.make_session("Opening", parts=[("chair", linh)])
    page = reverse("admin:speakers_speaker_delete", args=[linh.pk])
    assert "protected" in get_html(editor_client.get(page))
    editor_client.post(page, {"post": "yes"})
    assert Speaker.objects.exists()


@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_malicious_name_is_escaped_on_every_page(editor_client, page):
    row = factories.make_speaker(MALICIOUS_NAME, slug="hostile", function_en=MALICIOUS_NAME)
    text = get_html(editor_client.get(reverse(f"admin:speakers_speaker_{page}", args=[row.pk])))
    assert escape(MALICIOUS_NAME) in text
    assert "<img src=x" not in text


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "mailto:a@b.example"])
def test_link_with_another_scheme_is_rejected(editor_client, address):
    link = {"links-0-kind": "website", "links-0-url": address, "links-0-order": "0", "links-TOTAL_FORMS": "1"}
    assert editor_client.post(f"{SPEAKERS}add/", make_form_data() | link).status_code == 200
    assert not Speaker.objects.exists()


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_add_with_portrait_stores_its_renditions(editor_client, media):
    editor_client.post(f"{SPEAKERS}add/", make_form_data(picture=make_photograph()))
    portrait = Speaker.objects.get().portrait
    assert all(default_storage.exists(file["path"]) for file in portrait.files)
    page = get_html(editor_client.get(f"{SPEAKERS}{Speaker.objects.get().pk}/change/"))
    assert portrait.files[-1]["path"].rpartition("/")[0] in page


def test_change_without_upload_keeps_the_portrait(editor_client, media):
    editor_client.post(f"{SPEAKERS}add/", make_form_data(picture=make_photograph()))
    linh = Speaker.objects.get()
    editor_client.post(
        f"{SPEAKERS}{linh.pk}/change/",
        make_form_data(name_en="Linh Nguyen", slug=linh.slug, token=get_version_token(linh)),
    )
    assert Speaker.objects.get().portrait == linh.portrait


def test_change_with_upload_deletes_the_replaced_portrait(editor_client, media, django_capture_on_commit_callbacks):
    editor_client.post(f"{SPEAKERS}add/", make_form_data(picture=make_photograph("teal")))
    linh = Speaker.objects.select_related("portrait").get()
    with django_capture_on_commit_callbacks(execute=True):
        data = make_form_data(slug=linh.slug, picture=make_photograph("plum"), token=get_version_token(linh))
        editor_client.post(f"{SPEAKERS}{linh.pk}/change/", data)
    assert Picture.objects.get() == Speaker.objects.get().portrait
    assert not default_storage.exists(linh.portrait.files[0]["path"])


def test_delete_of_a_speaker_deletes_the_portrait(editor_client, media, django_capture_on_commit_callbacks):
    editor_client.post(f"{SPEAKERS}add/", make_form_data(picture=make_photograph()))
    page = reverse("admin:speakers_speaker_delete", args=[Speaker.objects.get().pk])
    with django_capture_on_commit_callbacks(execute=True):
        editor_client.post(page, {"post": "yes"})
    assert not Picture.objects.exists()


@pytest.fixture
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    return settings.DATA_DIR


def get_pending_value(response):
    """Return the value of the checkbox that submits the kept picture again; None if there is no checkbox."""
    found = re.search(r'name="picture-pending" value="([^"]*)"', get_html(response))
    return found and found[1]


def list_pending_files(data_dir):
    return sorted((data_dir / "uploads").glob("*"))


def test_invalid_form_keeps_the_picture(editor_client, media, data_dir, django_capture_on_commit_callbacks):
    response = editor_client.post(f"{SPEAKERS}add/", make_form_data(name_en="", picture=make_photograph()))
    assert form_errors(response) == {"name_en": ["This field is required."]}
    assert "Use the file that you chose: me.jpg" in get_html(response)
    assert len(list_pending_files(data_dir)) == 1
    data = make_form_data() | {"picture-pending": get_pending_value(response)}
    with django_capture_on_commit_callbacks(execute=True):
        assert editor_client.post(f"{SPEAKERS}add/", data).status_code == 302
    assert Speaker.objects.get().portrait
    assert list_pending_files(data_dir) == []


def test_form_that_is_invalid_twice_keeps_the_picture_once(editor_client, media, data_dir):
    first = editor_client.post(f"{SPEAKERS}add/", make_form_data(name_en="", picture=make_photograph()))
    data = make_form_data(name_en="") | {"picture-pending": get_pending_value(first)}
    second = editor_client.post(f"{SPEAKERS}add/", data)
    assert get_pending_value(second) == get_pending_value(first)
    assert len(list_pending_files(data_dir)) == 1


def test_invalid_link_keeps_the_picture(editor_client, media, data_dir):
    link = {"links-0-kind": "website", "links-0-url": "javascript:1", "links-TOTAL_FORMS": "1"}
    response = editor_client.post(f"{SPEAKERS}add/", make_form_data(picture=make_photograph()) | link)
    assert get_pending_value(response)


@pytest.mark.slow
def test_edit_conflict_keeps_the_picture(editor_client, media, data_dir):
    linh = factories.make_speaker("Linh")
    data = make_form_data(token=get_version_token(linh), picture=make_photograph())
    Speaker.objects.update(country="VN")
    response = editor_client.post(f"{SPEAKERS}{linh.pk}/change/", data)
    assert get_pending_value(response)
    data = admin_forms.get_form_data(response) | {"picture-pending": get_pending_value(response)}
    editor_client.post(f"{SPEAKERS}{linh.pk}/change/", data)
    assert Speaker.objects.get().portrait


def test_unchecked_picture_is_not_used(editor_client, media, data_dir):
    editor_client.post(f"{SPEAKERS}add/", make_form_data(name_en="", picture=make_photograph()))
    editor_client.post(f"{SPEAKERS}add/", make_form_data())
    assert Speaker.objects.get().portrait is None


def test_another_picture_replaces_the_kept_one(editor_client, media, data_dir):
    first = editor_client.post(f"{SPEAKERS}add/", make_form_data(name_en="", picture=make_photograph("teal")))
    data = make_form_data(picture=make_photograph("plum")) | {"picture-pending": get_pending_value(first)}
    editor_client.post(f"{SPEAKERS}add/", data)
    assert Picture.objects.count() == 1


def test_kept_picture_of_another_user_is_refused(editor_client, media, data_dir):
    first = editor_client.post(f"{SPEAKERS}add/", make_form_data(name_en="", picture=make_photograph()))
    other = admin_client_for(make_organizer("Programme editors"))
    response = other.post(f"{SPEAKERS}add/", make_form_data() | {"picture-pending": get_pending_value(first)})
    assert list(form_errors(response)) == ["picture"]


@pytest.mark.parametrize("value", ["x", "/", "../../etc/passwd", "0" * 32, "0" * 32 + "/" + "x" * 500])
def test_invalid_key_of_a_kept_picture_is_a_form_error(editor_client, media, data_dir, value):
    response = editor_client.post(f"{SPEAKERS}add/", make_form_data() | {"picture-pending": value})
    assert list(form_errors(response)) == ["picture"]


def test_kept_picture_expires_after_a_day(editor_client, media, data_dir):
    first = editor_client.post(f"{SPEAKERS}add/", make_form_data(name_en="", picture=make_photograph()))
    [file] = list_pending_files(data_dir)
    os.utime(file, (0, 0))
    data = make_form_data() | {"picture-pending": get_pending_value(first)}
    response = editor_client.post(f"{SPEAKERS}add/", data)
    assert form_errors(response) == {"picture": ["Please choose this file again. It is no longer stored."]}


def test_oldest_kept_pictures_of_a_user_are_deleted(data_dir):
    keys = [save_pending_upload(1, b"x") for _ in range(MAX_FILES_PER_OWNER + 3)]
    other = save_pending_upload(2, b"y")
    assert len(list_pending_files(data_dir)) == MAX_FILES_PER_OWNER + 1
    assert load_pending_upload(2, other) == b"y"
    assert load_pending_upload(1, keys[-1]) == b"x"


def test_invalid_form_does_not_keep_an_invalid_picture(editor_client, media, data_dir):
    page = SimpleUploadedFile("me.jpg", b"<html>", "image/jpeg")
    response = editor_client.post(f"{SPEAKERS}add/", make_form_data(name_en="", picture=page))
    assert get_pending_value(response) is None


@pytest.mark.slow
def test_photo_of_13_megabytes_is_a_form_error_and_keeps_typed_text(editor_client, media, data_dir):
    photo = SimpleUploadedFile("me.jpg", b"\xff\xd8" + bytes(13_000_000), "image/jpeg")
    response = editor_client.post(f"{SPEAKERS}add/", make_form_data(name_en="Typed name", picture=photo))
    [error] = form_errors(response)["picture"]
    assert "larger than 10 MB" in error
    assert "Typed name" in get_html(response)


def test_file_of_another_format_is_a_form_error(editor_client, media):
    page = SimpleUploadedFile("me.jpg", b"<html><script>alert(1)</script>", "image/jpeg")
    response = editor_client.post(f"{SPEAKERS}add/", make_form_data(picture=page))
    assert form_errors(response) == {
        "picture": ["This file is not a JPEG, PNG or WebP picture. Save it in one of these formats and try again."]
    }


def test_superuser_can_add_speakers(conference):
    assert admin_client_for(make_superuser()).get(f"{SPEAKERS}add/").status_code == 200
