"""Template tags of the admin pages about registrations."""

from django import template

from ..formatting import seat_badges_html

register = template.Library()
register.simple_tag(seat_badges_html)
