"""Files that are made when an e-mail is sent, such as tickets. They are not stored with the e-mail.

So a file is the present one at each attempt, takes no time in the transaction that queues the e-mail, and leaves no
copy that would have to be erased.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from django.utils import translation

from .models import QueuedEmail

logger = logging.getLogger(__name__)
# Raised if the database is unavailable, or busy for too long.
DATABASE_ERRORS = (OperationalError, InterfaceError)


@dataclass(frozen=True)
class Attachment:
    """A file and the function that renders it in the active language. The function may take some time."""

    filename: str
    content_type: str
    render: Callable[[], bytes]


AttachmentSource = Callable[[QueuedEmail], Attachment | None]
# The source of the file for each type of e-mail, see register_attachment().
attachment_sources: dict[str, AttachmentSource] = {}


def register_attachment(email_types: Iterable[str], source: AttachmentSource) -> None:
    """Attach a file to e-mails of some types. source returns None for an e-mail without a file.

    Apps call this in AppConfig.ready().
    """
    attachment_sources.update(dict.fromkeys(email_types, source))


def find_attachment(email: QueuedEmail) -> Attachment | None:
    """Return the file that the e-mail has if it is sent now."""
    source = attachment_sources.get(email.email_type)
    return source(email) if source else None


def render_attachment(email: QueuedEmail) -> tuple[str, bytes, str] | None:
    """Return file name, content in the language of the e-mail, and type; None without a file or if it fails.

    Raise OperationalError or InterfaceError if the database is unavailable: then the e-mail is sent later.
    """
    try:
        with translation.override(email.language):
            attachment = find_attachment(email)
            return attachment and (attachment.filename, attachment.render(), attachment.content_type)
    except DATABASE_ERRORS:
        raise
    except Exception:
        # Whatever library fails: the news in the e-mail is worth more than the file, which the site offers as well.
        logger.exception("The e-mail %s is sent without its attachment, which could not be made.", email.pk)
        return None
