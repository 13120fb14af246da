"""Where letters are read on a site that runs on one machine."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def dev_outbox_enabled():
    """Whether letters go nowhere and are read at /letters/."""
    return settings.DEV_OUTBOX
