"""Tickets as passes of Google Wallet: a link with a signed JSON Web Token (RFC 7519) that describes the ticket.

The fields are described in Google's documentation “Google Wallet API”, EventTicketClass and EventTicketObject. The
token is short because it is part of a URL. cryptography signs it; nothing else here needs a library for such tokens.
"""

import base64
import hashlib
import json
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from conference.core.i18n.text import order_languages

from ...models import Registration
from .. import issuance
from .content import PassContent, build_pass_content
from .keys import GoogleWallet

SAVE_URL = "https://pay.google.com/gp/v/save/"
# The length that is safe in all browsers according to Google. With two languages a token is often longer.
SAFE_TOKEN_LENGTH = 1800


def make_save_url(registration: Registration, wallet: GoogleWallet) -> str:
    """Return the URL at which the attendee saves the valid ticket, in all languages or else in the active one.

    It contains the name and the days, and is opened at Google only.
    """
    content = build_pass_content(registration, issuance.get_or_issue_ticket(registration))
    languages = order_languages()
    token = sign(build_claims(content, languages, wallet), wallet)
    if len(token) > SAFE_TOKEN_LENGTH:
        token = sign(build_claims(content, languages[:1], wallet), wallet)
    return SAVE_URL + token


def build_claims(content: PassContent, languages: list[str], wallet: GoogleWallet) -> dict[str, Any]:
    """Return the claims with texts in these languages, the first of which is the default."""
    ticket_class = build_class(content, languages, wallet)
    ticket_object = build_object(content, languages, wallet) | {"classId": ticket_class["id"]}
    return {
        "iss": wallet.service_account,
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(time.time()),
        "payload": {"eventTicketClasses": [ticket_class], "eventTicketObjects": [ticket_object]},
    }


def build_class(content: PassContent, languages: list[str], wallet: GoogleWallet) -> dict[str, Any]:
    """Return what all tickets share. The id changes with the content, because tokens do not change a saved class."""
    values = {
        "issuerName": content.texts[languages[0]]["EVENT"],
        "eventName": make_localized_string(content, "EVENT", languages),
        "reviewStatus": "UNDER_REVIEW",
    }
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]
    return {"id": f"{wallet.issuer_id}.{digest}", **values}


def build_object(content: PassContent, languages: list[str], wallet: GoogleWallet) -> dict[str, Any]:
    """Return one ticket. Each ticket is an object of its own, so a replaced one stays apart from its successor."""
    values: dict[str, Any] = {
        "id": f"{wallet.issuer_id}.{content.ticket.pk.hex}",
        "state": "ACTIVE",
        "barcode": {"type": "QR_CODE", "value": content.url, "alternateText": content.number},
        "ticketHolderName": content.name,
        "ticketType": make_localized_string(content, "CATEGORY", languages),
        "textModulesData": [make_text_module(content, name, languages) for name in ("DAYS", "VENUE")],
    }
    if content.hours:
        # Google moves the pass to the expired ones after the end.
        values["validTimeInterval"] = {"end": {"date": content.hours[-1][1].isoformat()}}
    return values


def make_text_module(content: PassContent, name: str, languages: list[str]) -> dict[str, Any]:
    """Return a text with its label. With one language, plain texts keep the token short."""
    if len(languages) == 1:
        texts = content.texts[languages[0]]
        return {"id": name, "header": texts[f"{name}_LABEL"], "body": texts[name]}
    label, text = (make_localized_string(content, key, languages) for key in (f"{name}_LABEL", name))
    return {"id": name, "localizedHeader": label, "localizedBody": text}


def make_localized_string(content: PassContent, name: str, languages: list[str]) -> dict[str, Any]:
    """Return a LocalizedString; translations that are equal to the default are left out."""
    first, *others = languages
    default = content.texts[first][name]
    values: dict[str, Any] = {"defaultValue": {"language": first, "value": default}}
    if others := [language for language in others if content.texts[language][name] != default]:
        values["translatedValues"] = [{"language": code, "value": content.texts[code][name]} for code in others]
    return values


def sign(claims: dict[str, Any], wallet: GoogleWallet) -> str:
    """Return the claims as a token with RS256 (RFC 7518, section 3.3)."""
    parts = [{"alg": "RS256", "typ": "JWT"}, claims]
    signed = ".".join(encode(json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode()) for part in parts)
    return f"{signed}.{encode(wallet.key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def encode(data: bytes) -> str:
    """Return data as base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
