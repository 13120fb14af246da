"""Tickets as passes of Apple Wallet and Google Wallet."""

import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from PIL import Image

from conference.registration import workflow
from conference.registration.tickets import issuance
from conference.registration.tickets.wallet import apple, google

from ..factories import december, make_session, publish_release
from ..settings_subprocess import read_setting, settings_error
from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, WEDNESDAY, client_for, make_category, make_registration
from .wallet_keys import ISSUER, PASS_TYPE, SERVICE_ACCOUNT, make_keys

pytestmark = pytest.mark.usefixtures("conference")
APPLE_URL, GOOGLE_URL, TICKET_URL = "/my/ticket.pkpass", "/my/ticket/google/", "/my/ticket/"
GOOGLE_SAVE_URL = "https://pay.google.com/gp/v/save/"


@pytest.fixture
def keys(settings):
    """Both wallets are configured."""
    cache.clear()
    settings.APPLE_WALLET, settings.GOOGLE_WALLET = make_keys().apple_wallet(), make_keys().google_wallet()
    return make_keys()


@pytest.fixture
def registration():
    return make_registration(
        days={MONDAY: IN_PERSON, TUESDAY: ONLINE, WEDNESDAY: IN_PERSON},
        badge_name='Nguyễn "Linh"',
        category=make_category("Media", name_vi="Báo chí"),
    )


def open_pass(response):
    assert response.headers["Content-Type"] == "application/vnd.apple.pkpass"
    with zipfile.ZipFile(io.BytesIO(response.content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def get_pass(registration):
    return json.loads(open_pass(client_for(registration.user).get(APPLE_URL))["pass.json"])


# Without keys


def test_wallets_without_keys_are_not_offered(registration):
    client = client_for(registration.user)
    assert "Wallet" not in client.get(TICKET_URL).text
    assert [client.get(url).status_code for url in (APPLE_URL, GOOGLE_URL)] == [404, 404]
    assert Client().get(f"/wallet/apple/v1/passes/{PASS_TYPE}/x").status_code == 404


def test_wallets_with_keys_are_offered_to_those_who_come_in_person(keys, registration):
    page = client_for(registration.user).get(TICKET_URL).text
    for url in (APPLE_URL, GOOGLE_URL):
        assert f'href="{url}"' in page
    client = client_for(make_registration(days={MONDAY: ONLINE}).user)
    assert "Wallet" not in client.get(TICKET_URL).text
    assert [client.get(url).headers["Location"] for url in (APPLE_URL, GOOGLE_URL)] == [TICKET_URL, TICKET_URL]


@pytest.mark.parametrize("url", [APPLE_URL, GOOGLE_URL])
def test_pass_is_limited_like_the_pdf(keys, registration, settings, url):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"ticket": "1/m/user"}
    client = client_for(registration.user)
    assert [client.get(url).status_code for _ in range(2)] == [200 if url == APPLE_URL else 302, 429]


# Apple


def test_apple_pass_has_all_files_and_their_hashes(keys, registration):
    files = open_pass(client_for(registration.user).get(APPLE_URL))
    images = {f"{kind}{scale}.png" for kind in ("icon", "logo") for scale in ("", "@2x", "@3x")}
    texts = {"en.lproj/pass.strings", "vi.lproj/pass.strings"}
    assert files.keys() == images | texts | {"pass.json", "manifest.json", "signature"}
    hashes = {name: hashlib.sha1(data).hexdigest() for name, data in files.items()}  # noqa: S324 - Apple's format
    del hashes["manifest.json"], hashes["signature"]
    assert json.loads(files["manifest.json"]) == hashes
    assert Image.open(io.BytesIO(files["icon@2x.png"])).size == (58, 58)


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the command openssl")
@pytest.mark.parametrize("is_changed", [False, True])
def test_apple_pass_signature_is_verified_by_the_root(keys, registration, tmp_path, is_changed):
    files = open_pass(client_for(registration.user).get(APPLE_URL))
    (tmp_path / "root.pem").write_bytes(keys.root.public_bytes(Encoding.PEM))
    (tmp_path / "signature").write_bytes(files["signature"])
    (tmp_path / "manifest.json").write_bytes(files["manifest.json"] + b" " * is_changed)
    command = (
        "openssl cms -verify -inform DER -in signature -content manifest.json -binary -CAfile root.pem -purpose any"
    )
    result = subprocess.run(command.split(), cwd=tmp_path, capture_output=True)
    assert (result.returncode != 0) is is_changed, result.stderr


def test_apple_pass_shows_the_ticket(keys, registration):
    make_session(starts_at=december(7, 18), ends_at=december(7, 19))
    publish_release()
    description = get_pass(registration)
    ticket = registration.tickets.get()
    assert description["passTypeIdentifier"] == PASS_TYPE
    [barcode] = description["barcodes"]
    assert (barcode["format"], barcode["message"]) == ("PKBarcodeFormatQR", issuance.validation_url(ticket))
    assert barcode["altText"] == issuance.short_code(ticket)
    [name] = description["eventTicket"]["primaryFields"]
    assert name["value"] == 'Nguyễn "Linh"'
    assert description["relevantDate"] == "2020-12-07T18:00:00+07:00"
    assert len(description["relevantDates"]) == 2
    assert description["expirationDate"].startswith("2020-12-10T00:00")
    assert description["voided"] is False
    assert registration.passport_name not in json.dumps(description)


def test_apple_pass_texts_are_in_both_languages(keys, registration):
    files = open_pass(client_for(registration.user).get(APPLE_URL))
    description = files["pass.json"].decode()
    names = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)*)"', description))
    for language, expected in (("en", '"CATEGORY" = "Media";'), ("vi", '"CATEGORY" = "Báo chí";')):
        strings = files[f"{language}.lproj/pass.strings"].decode()
        assert expected in strings
        assert names <= set(re.findall(r'(?m)^"([A-Z_]+)" = ', strings))
    assert '"DAYS" = "Monday, 7 December; Wednesday, 9 December";' in files["en.lproj/pass.strings"].decode()


def test_apple_pass_of_a_replaced_ticket_takes_the_place_of_the_old_one(keys, registration):
    old = get_pass(registration)
    issuance.reissue_ticket(registration, registration.user)
    new = get_pass(registration)
    assert new["serialNumber"] == old["serialNumber"]
    assert new["barcodes"] != old["barcodes"]


# Apple's web service


@pytest.fixture
def phone(keys, registration, settings):
    """Request the present pass as a phone that has it: a function that returns the response."""
    settings.IS_HTTPS = True
    installed = get_pass(registration)
    path = f"/wallet/apple/v1/passes/{PASS_TYPE}/{installed['serialNumber']}"
    assert installed["webServiceURL"] == f"{settings.SITE_URL}/wallet/apple/"

    def update(path=path, token=installed["authenticationToken"]):
        return Client().get(path, headers={"Authorization": f"ApplePass {token}"})

    return update


def test_phone_gets_the_new_ticket(phone, registration):
    new = issuance.reissue_ticket(registration, registration.user)
    description = json.loads(open_pass(phone())["pass.json"])
    assert description["barcodes"][0]["message"] == issuance.validation_url(new)
    assert description["voided"] is False


@pytest.mark.parametrize("change", ["cancel", "online", "review"])
def test_phone_gets_a_void_pass_without_a_valid_ticket(phone, registration, change):
    if change == "cancel":
        workflow.cancel_registration(registration, by=None)
    elif change == "online":
        workflow.change_days(registration, {MONDAY: ONLINE, WEDNESDAY: None}, by=None)
    else:
        registration.category.needs_approval = True
        registration.category.save()
        workflow.edit_details(registration, {"function": "Judge"}, by=registration.user)
    assert json.loads(open_pass(phone())["pass.json"])["voided"] is True


def test_phone_without_the_token_gets_nothing(phone, registration):
    other = make_registration()
    issuance.get_or_issue_ticket(other)
    assert phone(token="0" * 64).status_code == 404
    assert phone(token="x").status_code == 404
    assert phone(path=f"/wallet/apple/v1/passes/{PASS_TYPE}/{other.tickets.get().pk.hex}").status_code == 404
    assert phone(path="/wallet/apple/v1/passes/pass.other/x").status_code == 404


def test_phone_of_an_erased_person_gets_nothing(phone, registration):
    workflow.erase_user(registration.user)
    assert phone().status_code == 404


def test_phone_registers_and_nothing_is_stored(phone, registration, django_assert_num_queries):
    serial = registration.tickets.get().pk.hex
    headers = {"Authorization": f"ApplePass {apple.make_authentication_token(serial)}"}
    url, client = f"/wallet/apple/v1/devices/abc/registrations/{PASS_TYPE}", Client(enforce_csrf_checks=True)
    body = {"pushToken": "0123"}
    post = client.post(f"{url}/{serial}", body, content_type="application/json", headers=headers)
    assert post.status_code == 200
    assert client.delete(f"{url}/{serial}", headers=headers).status_code == 200
    assert client.post(f"{url}/{serial}", body, content_type="application/json").status_code == 404
    assert client.get(url).status_code == 204
    assert client.post("/wallet/apple/v1/log", {"logs": ["x"]}, content_type="application/json").status_code == 200


# Google


def decode(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def get_google_claims(registration, keys):
    url = client_for(registration.user).get(GOOGLE_URL).headers["Location"]
    assert url.startswith(GOOGLE_SAVE_URL)
    header, claims, signature = url.removeprefix(GOOGLE_SAVE_URL).split(".")
    keys.key.public_key().verify(decode(signature), f"{header}.{claims}".encode(), PKCS1v15(), SHA256())
    assert json.loads(decode(header)) == {"alg": "RS256", "typ": "JWT"}
    return json.loads(decode(claims))


def test_google_token_describes_the_ticket(keys, registration):
    claims = get_google_claims(registration, keys)
    assert (claims["iss"], claims["aud"], claims["typ"]) == (SERVICE_ACCOUNT, "google", "savetowallet")
    [ticket_class], [ticket_object] = claims["payload"].values()
    ticket = registration.tickets.get()
    assert ticket_class["eventName"]["defaultValue"] == {"language": "en", "value": "Women, Peace and Security"}
    assert ticket_object["id"] == f"{ISSUER}.{ticket.pk.hex}"
    assert ticket_object["classId"] == ticket_class["id"]
    assert ticket_object["barcode"]["value"] == issuance.validation_url(ticket)
    assert ticket_object["ticketHolderName"] == 'Nguyễn "Linh"'
    assert ticket_object["validTimeInterval"]["end"]["date"].startswith("2020-12-10T00:00")
    [days, venue] = ticket_object["textModulesData"]
    assert (days["body"], venue["body"]) == ("Monday, 7 December; Wednesday, 9 December", "Ha Noi")


def test_google_object_of_a_replaced_ticket_is_another_one(keys, registration):
    def objects():
        return [ticket["id"] for ticket in get_google_claims(registration, keys)["payload"]["eventTicketObjects"]]

    old = objects()
    issuance.reissue_ticket(registration, registration.user)
    assert objects() != old


def test_google_token_has_all_languages_if_it_is_short(keys, registration, monkeypatch):
    monkeypatch.setattr(google, "SAFE_TOKEN_LENGTH", 5000)
    [ticket] = get_google_claims(registration, keys)["payload"]["eventTicketObjects"]
    assert ticket["ticketType"]["translatedValues"] == [{"language": "vi", "value": "Báo chí"}]
    assert "Thứ Hai" in json.dumps(ticket["textModulesData"][0]["localizedBody"], ensure_ascii=False)


def test_google_token_of_long_texts_is_in_the_language_of_the_page(keys, registration):
    with translation.override("vi"):
        url = google.make_save_url(registration, keys.google_wallet())
    assert len(url) < 2000
    [ticket] = json.loads(decode(url.split(".")[-2]))["payload"]["eventTicketObjects"]
    assert ticket["ticketType"] == {"defaultValue": {"language": "vi", "value": "Báo chí"}}


def test_google_link_is_on_no_page(keys, registration):
    assert "pay.google.com" not in client_for(registration.user).get(TICKET_URL).text


# Settings


@pytest.mark.slow
def test_wallet_settings_are_read_from_files(tmp_path):
    variables = make_keys().write_files(tmp_path)
    assert read_setting("APPLE_WALLET.pass_type_id", variables) == PASS_TYPE
    assert read_setting("GOOGLE_WALLET.service_account", variables) == SERVICE_ACCOUNT
    assert read_setting("APPLE_WALLET", {}) == read_setting("GOOGLE_WALLET", {}) == "None"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"APPLE_WALLET_KEY": ""}, "APPLE_WALLET_KEY"),
        ({"APPLE_WALLET_CERTIFICATE": "/nowhere"}, "APPLE_WALLET_CERTIFICATE"),
        ({"APPLE_WALLET_WWDR_CERTIFICATE": __file__}, "APPLE_WALLET_WWDR_CERTIFICATE"),
        ({"GOOGLE_WALLET_ISSUER_ID": ""}, "GOOGLE_WALLET_ISSUER_ID"),
        ({"GOOGLE_WALLET_SERVICE_ACCOUNT": __file__}, "GOOGLE_WALLET_SERVICE_ACCOUNT"),
    ],
)
def test_wrong_wallet_setting_is_named(tmp_path, changes, name):
    error = settings_error(make_keys().write_files(tmp_path) | changes)
    assert error.startswith("django.core.exceptions.ImproperlyConfigured:")
    assert name in error


@pytest.mark.parametrize(("name", "letter"), [("Đại hội", "Đ"), ("“Peace”", "P"), ("越南 2020", "2"), ("越南", "C")])
def test_apple_images_show_the_first_letter_that_the_font_has(name, letter):
    assert apple.render_images(name)["icon.png"] == apple.draw_letter(letter, apple.ICON_SIZE)
