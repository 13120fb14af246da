"""What links to the board need."""

from django import template
from django.utils import timezone

register = template.Library()


@register.filter
def local_date(moment):
    """The date of a moment on the conference's clock, as the board's address wants it."""
    return timezone.localtime(moment).date()
