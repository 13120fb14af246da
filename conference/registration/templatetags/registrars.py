"""For the registrars' pages at the desk."""

from django import template

from ..day_marks import days_at_a_glance

register = template.Library()
register.simple_tag(days_at_a_glance)
