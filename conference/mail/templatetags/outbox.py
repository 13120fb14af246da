"""Template tag for the development outbox."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def dev_outbox_enabled() -> bool:
    """Return whether e-mails are not sent but shown in the development outbox."""
    return settings.DEV_OUTBOX
