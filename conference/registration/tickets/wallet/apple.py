"""Tickets as passes of Apple Wallet: a ZIP archive with pass.json, its translations, images and a signed manifest.

The keys of pass.json are described in Apple's documentation “Wallet Passes”. cryptography signs the manifest; the
packages on PyPI that build passes need other web frameworks, a compiler, or an outdated version of cryptography.
"""

import hashlib
import io
import json
import zipfile
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from PIL import Image, ImageDraw, ImageFont

from ...models import Registration, Ticket
from ...pdf.text_shaping import LATIN_BOLD_FONT, font_path, font_supports, normalize_text
from .. import issuance
from .content import PassContent, build_pass_content
from .keys import AppleWallet

CONTENT_TYPE = "application/vnd.apple.pkpass"
# The texts of the site are violet on white; passes are white on violet.
BACKGROUND, FOREGROUND, LABEL = "rgb(90, 47, 117)", "rgb(255, 255, 255)", "rgb(226, 220, 230)"
ICON_COLOR, ON_ICON_COLOR = "#5a2f75", "#ffffff"
# Points; each image is there for screens of one, two and three pixels per point.
ICON_SIZE, LOGO_SIZE = 29, 50


def render_pass(registration: Registration, wallet: AppleWallet) -> bytes:
    """Return the pass of a registration: its valid ticket, or its last one as void."""
    if issuance.is_confirmed(registration):
        ticket = issuance.get_or_issue_ticket(registration)
    else:
        ticket = registration.tickets.latest("issued_at")
    content = build_pass_content(registration, ticket)
    files = {"pass.json": to_json(build_pass(content, make_serial_number(registration), wallet))}
    files |= {f"{language}.lproj/pass.strings": render_strings(texts) for language, texts in content.texts.items()}
    files |= render_images(next(iter(content.texts.values()))["EVENT"])
    # The format prescribes SHA-1 for the manifest; the signature covers it with SHA-256.
    manifest = to_json({name: hashlib.sha1(data, usedforsecurity=False).hexdigest() for name, data in files.items()})
    files |= {"manifest.json": manifest, "signature": sign(manifest, wallet)}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(name, data)
    return archive.getvalue()


def build_pass(content: PassContent, serial_number: str, wallet: AppleWallet) -> dict[str, Any]:
    """Return pass.json. Values in upper case are names in pass.strings."""
    description: dict[str, Any] = {
        "formatVersion": 1,
        "passTypeIdentifier": wallet.pass_type_id,
        "teamIdentifier": wallet.team_id,
        "serialNumber": serial_number,
        "organizationName": "EVENT",
        "description": "EVENT_NAME",
        "logoText": "EVENT",
        "backgroundColor": BACKGROUND,
        "foregroundColor": FOREGROUND,
        "labelColor": LABEL,
        "sharingProhibited": True,
        "voided": content.ticket.voided_at is not None or not content.hours,
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR",
                "message": content.url,
                "messageEncoding": "iso-8859-1",
                "altText": content.number,
            }
        ],
        "eventTicket": {
            "headerFields": [make_field("number", "NUMBER_LABEL", content.number)],
            "primaryFields": [make_field("name", "NAME_LABEL", content.name)],
            "secondaryFields": [
                make_field("days", "DAYS_LABEL", "DAYS"),
                make_field("category", "CATEGORY_LABEL", "CATEGORY"),
            ],
            "auxiliaryFields": [make_field("venue", "VENUE_LABEL", "VENUE")],
            "backFields": [
                make_field("event", "EVENT_LABEL", "EVENT_NAME"),
                make_field("note", "NOTE_LABEL", "NOTE"),
                make_field("my", "MY_LABEL", content.my_url),
            ],
        },
    }
    if content.hours:
        # relevantDates are for iOS 18 and later, relevantDate for all versions before.
        description |= {
            "relevantDate": content.hours[0][0].isoformat(),
            "relevantDates": [
                {"startDate": start.isoformat(), "endDate": end.isoformat()} for start, end in content.hours
            ],
            "expirationDate": content.hours[-1][1].isoformat(),
        }
    if settings.IS_HTTPS:
        description |= {
            "webServiceURL": f"{settings.SITE_URL}/wallet/apple/",
            "authenticationToken": make_authentication_token(serial_number),
        }
    return description


def make_field(key: str, label: str, value: str) -> dict[str, str]:
    return {"key": key, "label": label, "value": value}


def make_serial_number(registration: Registration) -> str:
    """Return the id of the first ticket, so that a new pass takes the place of the old one on a phone."""
    return registration.tickets.earliest("issued_at").pk.hex


def make_authentication_token(serial_number: str) -> str:
    return salted_hmac("apple-wallet", serial_number, algorithm="sha256").hexdigest()


def find_registration(serial_number: str, token: str) -> Registration | None:
    """Return the registration of a pass whose phone proves that it has the pass."""
    if not constant_time_compare(token, make_authentication_token(serial_number)):
        return None
    ticket = Ticket.objects.filter(pk=serial_number).select_related("registration__category").first()
    return ticket and ticket.registration


def to_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def render_strings(texts: dict[str, str]) -> bytes:
    """Return texts as a file of Apple's strings format, which quotes as JSON does."""
    return "".join(
        f"{json.dumps(name)} = {json.dumps(text, ensure_ascii=False)};\n" for name, text in texts.items()
    ).encode()


def sign(manifest: bytes, wallet: AppleWallet) -> bytes:
    """Return the detached signature (PKCS #7) with the time of signing and all certificates but Apple's root."""
    builder = PKCS7SignatureBuilder().set_data(manifest).add_signer(wallet.certificate, wallet.key, SHA256())
    builder = builder.add_certificate(wallet.intermediate_certificate)
    return builder.sign(Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])


def render_images(name: str) -> dict[str, bytes]:
    """Return the icon and the logo as PNG files: the first letter or digit of the conference that is in the font."""
    characters = filter(str.isalnum, normalize_text(name).upper())
    letter = next((character for character in characters if font_supports(LATIN_BOLD_FONT, character)), "C")
    images = {}
    for kind, size in (("icon", ICON_SIZE), ("logo", LOGO_SIZE)):
        for scale in (1, 2, 3):
            suffix = "" if scale == 1 else f"@{scale}x"
            images[f"{kind}{suffix}.png"] = draw_letter(letter, size * scale)
    return images


def draw_letter(letter: str, side: int) -> bytes:
    image = Image.new("RGB", (side, side), ICON_COLOR)
    font = ImageFont.truetype(font_path(LATIN_BOLD_FONT), side * 0.7)
    ImageDraw.Draw(image).text((side / 2, side / 2), letter, ON_ICON_COLOR, font, anchor="mm")
    output = io.BytesIO()
    image.save(output, "PNG")
    return output.getvalue()
