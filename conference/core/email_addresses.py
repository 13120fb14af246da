"""Canonical form of e-mail addresses.

Every address that people type, paste or import is stored in its canonical form, to which e-mails are sent: without
invisible characters, with the local part as typed, and with the domain as IDNA 2008 A-labels. Addresses with the same
email_key() are the same.
"""

import unicodedata

import idna

from conference.core.i18n.text import remove_invisible_characters

# No valid address is longer (RFC 5321 4.5.3.1), so no time is spent on mapping the domain of a longer text.
MAX_LENGTH = 320


def canonical_email(address: str) -> str:
    """Return the canonical form of an address. A text that is no address gets as close to it as possible.

    The local part is normalized as RFC 6532 3.1 and the width mapping of RFC 8265 3.3 allow: NFC, and full-width
    characters become plain ones. A domain is mapped by UTS #46 (non-transitional).
    """
    text = unicodedata.normalize("NFC", map_width(address)).strip()
    local, at, domain = text.rpartition("@")
    if not at or len(text) > MAX_LENGTH:
        return remove_invisible_characters(text).strip()
    return remove_invisible_characters(local).strip() + at + canonical_domain(domain)


def email_key(address: str) -> str:
    """Return the form by which addresses are compared and looked up: the canonical one in lower case.

    django-allauth stores and looks up ``EmailAddress.email`` in this form.
    """
    return canonical_email(address).lower()


def canonical_domain(domain: str) -> str:
    """Return a domain as A-labels in lower case; one that is not valid by IDNA 2008 in lower case only."""
    visible = remove_invisible_characters(domain).strip()
    # Joiners are part of some domains, for example in Persian; elsewhere they were pasted along.
    for candidate in (domain, visible) if visible else ():
        try:
            return idna.encode(candidate, uts46=True).decode("ascii")
        except idna.IDNAError:
            continue
    return visible.lower()


def unicode_email(address: str) -> str:
    """Return the address with its domain in Unicode, for search."""
    local, at, domain = address.rpartition("@")
    try:
        return local + at + idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return address


def map_width(text: str) -> str:
    """Return full-width and half-width characters as their plain form."""
    return "".join(
        unicodedata.normalize("NFKC", character)
        if unicodedata.decomposition(character).startswith(("<wide>", "<narrow>", "<noBreak>"))
        else character
        for character in text
    )
