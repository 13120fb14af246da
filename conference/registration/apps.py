from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistrationConfig(AppConfig):
    name = "conference.registration"
    label = "registration"
    verbose_name = _("Registration")

    def ready(self) -> None:
        from conference.mail.attachments import register_attachment
        from conference.mail.email_types import register_email_types
        from conference.mail.sender import register_periodic_task

        from . import checks, privacy, workflow  # noqa: F401 - registers the checks
        from .badges import batches
        from .certificates.attachments import EMAIL_TYPES_WITH_CERTIFICATE, get_certificate_attachment
        from .emails.types import EMAIL_TYPES
        from .tickets.attachments import EMAIL_TYPES_WITH_TICKET, get_ticket_attachment

        register_email_types(EMAIL_TYPES)
        register_attachment(EMAIL_TYPES_WITH_TICKET, get_ticket_attachment)
        register_attachment(EMAIL_TYPES_WITH_CERTIFICATE, get_certificate_attachment)
        register_periodic_task(workflow.expire_offers)
        register_periodic_task(workflow.offer_available_seats)
        register_periodic_task(privacy.purge_regularly)
        register_periodic_task(batches.continue_batches)
