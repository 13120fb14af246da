"""Photos for badges and the consent to the sign on the badge, on the attendee's own pages."""

import io

import pytest
from PIL import Image

from conference.registration.badges.photos import render_photo, save_photo
from conference.registration.models import BadgePhoto, Registration, SpecialNeeds

from ..speakers.malicious_files import encode_image, make_image, make_jpeg
from ..users import admin_client_for, make_organizer
from .factories import client_for, make_registration
from .registration_flow import page_text, register_client

PHOTO_URL = "/my/photo/"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("november")]


def upload(client, data, name="me.jpg"):
    file = io.BytesIO(data)
    file.name = name
    return client.post(PHOTO_URL, {"photo": file}, follow=True)


def make_exif_jpeg():
    exif = Image.Exif()
    exif[0x010E] = "My home"
    return encode_image(make_image(), exif=exif)


def test_photo_is_stored_without_metadata_and_shown_to_its_owner():
    registration = make_registration()
    client = client_for(registration.user)
    assert "Your photo was saved." in page_text(upload(client, make_exif_jpeg()))
    response = client.get("/my/photo.jpg")
    image = Image.open(io.BytesIO(response.content))
    assert (response.headers["Content-Type"], image.format, image.width / image.height) == ("image/jpeg", "JPEG", 0.8)
    assert not image.getexif()
    assert b"My home" not in response.content


@pytest.mark.parametrize("size", [(240, 300), (3000, 2000), (500, 2000)])
def test_photo_has_the_proportions_of_the_badge(size):
    width, height = Image.open(io.BytesIO(render_photo(encode_image(make_image(*size))))).size
    assert width / height == pytest.approx(0.8, abs=0.01)
    assert (width, height) <= (480, 600)


def test_photo_is_replaced_and_deleted():
    registration = make_registration()
    client = client_for(registration.user)
    upload(client, make_jpeg())
    first = BadgePhoto.objects.get().digest
    upload(client, encode_image(make_image(300, 300)))
    assert BadgePhoto.objects.get().digest != first
    response = client.post(PHOTO_URL, {"delete": "1"}, follow=True)
    assert "Your photo was deleted." in page_text(response)
    assert client.get("/my/photo.jpg").status_code == 404


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"<svg onload='alert(1)'/>", "This file is not a JPEG, PNG or WebP picture."),
        (b"", "This file is empty."),
        (make_jpeg()[:900], "This picture is damaged or incomplete."),
        (encode_image(make_image(100, 100)), "This picture is too small"),
    ],
    ids=["svg", "empty", "damaged", "small"],
)
def test_photo_invalid_file_is_explained(data, error):
    client = client_for(make_registration().user)
    assert error in page_text(upload(client, data))
    assert not BadgePhoto.objects.exists()


def test_photo_missing_file_is_explained():
    client = client_for(make_registration().user)
    assert "Choose a photo." in page_text(client.post(PHOTO_URL))


def test_photo_larger_than_a_form_is_accepted():
    client = client_for(make_registration().user)
    data = encode_image(Image.effect_noise((900, 900), 90).convert("RGB"), quality=95)
    assert len(data) > 256 * 1024
    assert "Your photo was saved." in page_text(upload(client, data))


def test_photo_page_requires_sign_in_and_a_registration(client):
    assert client.get(PHOTO_URL).status_code == 302
    assert client.get("/my/photo.jpg").status_code == 302


@pytest.mark.parametrize(("group", "status"), [("Registrars", 200), ("Hospitality", 403), ("Door supervisors", 403)])
def test_photo_is_shown_to_organizers_who_may_change_registrations(group, status):
    registration = make_registration()
    save_photo(registration, render_photo(make_jpeg()))
    client = admin_client_for(make_organizer(group))
    assert client.get(f"/admin/registration/registration/{registration.pk}/photo/").status_code == status


def test_data_file_mentions_photo_and_sign():
    registration = make_registration(special_needs={"access": "", "diet": "", "show_on_badge": True})
    client = client_for(registration.user)
    upload(client, make_jpeg())
    data = client.get("/my/data.json").json()["registration"]
    assert data["photo"]["uploaded_at"]
    assert data["special_needs"]["sign_on_badge"] is True
    assert data["badges"] == []


# Sign on the badge


@pytest.mark.parametrize("agrees", [True, False])
def test_registration_form_saves_the_consent_to_a_sign(open_category, agrees):
    changes = {"access": "Wheelchair"} | ({"show_on_badge": "on"} if agrees else {})
    register_client(category=open_category.slug, **changes)
    assert SpecialNeeds.objects.get().show_on_badge is agrees


def test_edit_form_keeps_and_withdraws_the_consent():
    registration = make_registration(special_needs={"access": "Ramp", "diet": "", "show_on_badge": True})
    client = client_for(registration.user)
    page = client.get("/my/edit/")
    assert page.context["form"]["show_on_badge"].value() is True
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields if name != "show_on_badge"}
    assert client.post("/my/edit/", data).status_code == 302
    assert SpecialNeeds.objects.get(registration=registration).show_on_badge is False


def test_sign_is_on_the_dashboard_and_the_review_page(registrar_client):
    registration = make_registration(special_needs={"access": "", "diet": "", "show_on_badge": True})
    assert "Sign on the badge" in page_text(client_for(registration.user).get("/my/"))
    page = page_text(registrar_client.get(f"/admin/registration/registration/{registration.pk}/review/"))
    assert "Sign on the badge" in page
    assert Registration.objects.get().special_needs.access == ""
