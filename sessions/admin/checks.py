"""Issues on the change forms of the admin."""

from django.http import HttpRequest, HttpResponse

from ..checks import filter_issues_for_row, find_issues
from ..checks.base import CHANGE_URL_NAMES


class ChecksAdminMixin:
    """Mixin of a ModelAdmin that adds "issues", those of the saved row, to the context of its change form."""

    def render_change_form(
        self, request: HttpRequest, context: dict, add: bool = False, change: bool = False, form_url: str = "", obj=None
    ) -> HttpResponse:
        model_name = self.opts.model_name
        # Issues of a room or of the conference may name sessions that are not published.
        if change and model_name in CHANGE_URL_NAMES and request.user.has_perm("programme.view_session"):
            context["issues"] = filter_issues_for_row(find_issues(), model_name, obj.pk)
        return super().render_change_form(request, context, add, change, form_url, obj)
