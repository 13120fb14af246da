"""Findings on the admin's own forms: what concerns the row that is being edited."""

from sessions.checks.base import CHANGE_URL_NAMES

from ..checks import filter_issues_for_row, find_issues


class ChecksAdminMixin:
    """For a ModelAdmin: its form's template finds in "findings" what concerns the row, for those who may see sessions.

    Shown is what is saved, so a form that comes back with errors says nothing about what was typed.
    """

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        kind = self.opts.model_name
        # Sentences about a room or about the conference name sessions that are not published.
        if change and kind in CHANGE_URL_NAMES and request.user.has_perm("programme.view_session"):
            context["findings"] = filter_issues_for_row(find_issues(), kind, obj.pk)
        return super().render_change_form(request, context, add, change, form_url, obj)
