"""Scanned and typed texts: the code or URL of a ticket, the number of a ticket, or words to search for."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from conference.core.i18n.text import normalize_code

from ..models import Ticket, Verdict
from ..tickets.issuance import find_ticket, find_tickets_by_number

MAX_LENGTH = 500
CODE = re.compile(r"[\w-]{22}\.[\w-]{43}", re.ASCII)
# A language and any folder may precede the path of a ticket.
TICKET_PATH = re.compile(r"(?:.*/)?ticket/(?P<code>[^/?#]+)/?")


@dataclass(frozen=True)
class ScannedText:
    """Meaning of a text: a ticket, a refusal, or words to search for if neither is set."""

    text: str
    ticket: Ticket | None = None
    refusal: Verdict | None = None

    @property
    def is_search(self) -> bool:
        return self.ticket is None and self.refusal is None


def read_text(text: str) -> ScannedText:
    """Return the meaning of a text. The signature decides whether a code is of this site, whatever the host.

    Printed codes stay valid when the site moves to another host. A URL of a ticket that this site has not signed is one
    of another event.
    """
    text = text.strip()
    code, is_url = extract_code(text)
    if code:
        if ticket := find_ticket(code):
            return ScannedText(text, ticket)
        return ScannedText(text, refusal=Verdict.OTHER_EVENT if is_url and is_other_host(text) else Verdict.UNKNOWN)
    if is_url:
        return ScannedText(text, refusal=Verdict.UNKNOWN)
    # The number of one ticket identifies it; one that several tickets share is not enough.
    tickets = list(find_tickets_by_number(text).select_related("registration")[:2])
    return ScannedText(text, tickets[0] if len(tickets) == 1 else None)


def extract_code(text: str) -> tuple[str, bool]:
    """Return the code of a ticket in a text, or an empty string, and whether the text is a URL."""
    compact = normalize_code(text)
    if not re.match(r"https?://", compact, re.IGNORECASE):
        return (compact, False) if CODE.fullmatch(compact) else ("", False)
    match = TICKET_PATH.fullmatch(split_url(compact)[1])
    return (match["code"] if match else "", True)


def split_url(url: str) -> tuple[str, str]:
    """Return the host and the path of a URL; empty ones if it is malformed."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower(), parts.path
    except ValueError:
        return "", ""


def is_other_host(text: str) -> bool:
    return split_url(normalize_code(text))[0] != settings.SITE_HOST
