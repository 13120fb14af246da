"""Responses that show a form again with the values of a request that was not executed."""

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, SuspiciousOperation
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from conference.core.admin.selection import parse_keys
from conference.core.http import are_cookies_blocked, is_same_origin, prefers_json

from .drafts import Draft, save_draft
from .html_forms import Attributes, fill_page

# Pages on which the user signs in or verifies the second factor, and those that continue there.
SIGN_IN_PAGES = {
    "admin:login",
    "account_login",
    "account_request_login_code",
    "account_reauthenticate",
    "account_confirm_login_code",
    "account_change_login_email",
    "account_passkey_login",
    "mfa_authenticate",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}


def show_form_after_csrf_failure(request: HttpRequest) -> HttpResponse | None:
    """Return the requested page as GET shows it, with the submitted values; None if there is nothing to show.

    The page is rendered by the view itself with another method, so it changes nothing and checks permissions. Values
    from another site are not shown.
    """
    draft = Draft.from_request(request) if is_same_origin(request) else None
    if draft is None or not draft.fields or request.resolver_match is None:
        return None
    if prefers_json(request):
        return keep_for_script(request, draft)
    response = render_as_get(request, draft)
    if response.has_header("Location"):
        # Such as the sign-in page: the middleware keeps the draft.
        return response
    return show_draft(request, response, draft, status=403)


def show_form_after_conflict(request: HttpRequest) -> HttpResponse | None:
    """Return the form with the submitted values, which contradict the stored data; None if there are none."""
    draft = Draft.from_request(request)
    if not draft.fields:
        return None
    return show_draft(request, render_as_get(request, draft), draft, status=409)


def render_as_get(request: Any, draft: Draft) -> HttpResponse:
    """Call the requested view with the method GET and without the submitted data."""
    match = request.resolver_match
    # Files are dropped with their names in the draft.
    request.FILES.clear()
    submitted, request.POST, request.method, request.recovered_draft = request.POST, QueryDict(), "GET", draft
    try:
        response = match.func(request, *match.args, **match.kwargs)
        return response.render() if hasattr(response, "render") else response
    finally:
        request.POST, request.method = submitted, "POST"


def show_draft(request: HttpRequest, response: HttpResponse, draft: Draft, status: int = 200) -> HttpResponse:
    """Fill the draft into the page, or show it as hidden fields if the page does not have the same form."""
    if response.status_code == 200 and response.headers.get("Content-Type", "").startswith("text/html"):
        context = {"draft": draft, "cookies_blocked": are_cookies_blocked(request), "is_conflict": status == 409}
        notice = render_to_string("form_recovery/notice.html", context, request)
        filled = fill_page(response.text, draft.fields, notice, get_option_label)
        if filled and not filled.missing:
            response.content = filled.content
            response.status_code = status
            return response
    return render_resend_page(request, draft, status)


def show_form_if_unavailable(request: HttpRequest) -> HttpResponse | None:
    """Return a page with the submitted values in hidden fields; None if there are none, or from another site."""
    if request.method != "POST" or not is_same_origin(request):
        return None
    try:
        draft = Draft.from_request(request)
    except (UnreadablePostError, MultiPartParserError, SuspiciousOperation):
        return None
    if not draft.fields:
        return None
    response = render_resend_page(request, draft, 503, is_unavailable=True)
    # Sessions are in the database: saving this one would fail as well.
    if hasattr(request, "session"):
        request.session.modified = False
    return response


def render_resend_page(
    request: HttpRequest, draft: Draft, status: int, *, is_unavailable: bool = False
) -> HttpResponse:
    """Return a page with the values in hidden fields, and a button that sends them again."""
    fields = [(name, value) for name, values in draft.fields.lists() for value in values]
    context = {"draft": draft, "fields": fields, "is_unavailable": is_unavailable}
    response = render(request, "form_recovery/resend.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def keep_for_script(request: HttpRequest, draft: Draft) -> JsonResponse:
    """Keep the draft and tell the script of the page so."""
    save_draft(request, draft)
    # The answer to the next form needs a token that is valid now.
    get_token(request)
    message = _("Not saved: your session has ended. Reload the page; your entries are kept in the form.")
    return JsonResponse({"message": message}, status=403)


def get_option_label(attributes: Attributes, value: str) -> str:
    """Return the name of an object that an autocomplete field of the admin refers to."""
    try:
        model = apps.get_model(attributes["data-app-label"] or "", attributes["data-model-name"])
        related = model._meta.get_field(attributes["data-field-name"] or "").related_model
    except (KeyError, LookupError, FieldDoesNotExist):
        return value
    if not isinstance(related, type) or not issubclass(related, Model):
        return value
    return str(related._base_manager.filter(pk__in=parse_keys(related, [value])).first() or value)
