"""Template tags for the results of the checks."""

from django import template
from django.template import Context

from ..checks import Issue, RowReference

MAX_ROWS = 6

register = template.Library()


@register.simple_tag(takes_context=True)
def linked_rows(context: Context, issue: Issue) -> list[RowReference]:
    """Return the first rows of an issue whose change form the user may open, without the form of the present page."""
    request = context["request"]
    rows = (row for row in issue.rows if row.url != request.path and row.is_visible_to(request.user))
    return list(rows)[:MAX_ROWS]
