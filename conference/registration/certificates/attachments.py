"""The certificate as a PDF that is attached to its e-mail."""

from django.utils import timezone

from conference.mail.attachments import Attachment
from conference.mail.models import QueuedEmail
from conference.site_data import get_conference_info

from ..models import Registration
from .issuance import check_certificate, get_or_issue_certificate

EMAIL_TYPES_WITH_CERTIFICATE = ("certificate",)


def get_certificate_attachment(email: QueuedEmail) -> Attachment | None:
    """Return the present certificate of the recipient, or None if the person does not get one any more."""
    registration = Registration.objects.filter(user=email.user_id).first()
    if registration is None or not check_certificate(registration).is_ready:
        return None

    def render() -> bytes:
        # Imported here because the PDF libraries take 40 MB of memory and a third of a second.
        from .pdf import render_certificates

        with timezone.override(get_conference_info().time_zone):
            return render_certificates([get_or_issue_certificate(registration)])

    return Attachment("certificate.pdf", "application/pdf", render)
