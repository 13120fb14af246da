"""Template tags for the lists of the admin."""

from django import template
from django.contrib.admin.views.main import ChangeList

register = template.Library()


@register.simple_tag
def active_filters(changelist: ChangeList) -> list[tuple[object, object]]:
    """Return pairs of a filter’s title and its active choice, of the filters of a list in the admin."""
    return [
        (spec.title, choice["display"])
        for spec in changelist.filter_specs
        for position, choice in enumerate(spec.choices(changelist))
        # The first choice is “All”.
        if position and choice.get("selected")
    ]
