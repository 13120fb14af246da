"""Links of the signed-in user, which a script inserts into pages that are identical for everyone.

Published pages contain nothing personal (conference.core.page_cache). If a browser has the cookie signed_in, site.js
fetches these links. Without scripts, attendees reach their registration from "Register".
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from sessions.releases import current

from .accounts.decorators import personal_page
from .models import Page
from .registration.views.decorators import get_own_registration

Link = tuple[str, str | Promise]


class EditablePage(NamedTuple):
    """A kind of page and the admin object that it shows; find_key returns the primary key for the page's slug."""

    app_label: str
    model_name: str
    link_text: Promise
    find_key: Callable[[str], Any]


@personal_page
@require_safe
def user_links(request: HttpRequest) -> HttpResponse:
    """Return the user's links for the page whose path is in the parameter ``at``, or 204 if there are none."""
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    registration = get_own_registration(request)
    links = admin_links(request.user, request.GET.get("at", "")) if request.user.is_staff else []
    if not registration and not links:
        return HttpResponse(status=204)
    return render(request, "conference/_user_links.html", {"registration": registration, "admin_links": links})


def admin_links(user: User, path: str) -> list[Link]:
    """Return pairs of a URL in the admin and a link text."""
    edit_link = find_edit_link(user, path)
    return [*([edit_link] if edit_link else []), (reverse("admin:index"), _("Go to dashboard"))]


def find_edit_link(user: User, path: str) -> Link | None:
    """Return the link to edit what the page at this path shows, if the user has the permission."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    page = EDITABLE_PAGES.get(match.view_name)
    if page is None or not user.has_perm(f"{page.app_label}.change_{page.model_name}"):
        return None
    key = page.find_key(match.kwargs.get("slug", ""))
    if key is None:
        return None
    return reverse(f"admin:{page.app_label}_{page.model_name}_change", args=[key]), page.link_text


def session_id_by_slug(slug: str) -> str | None:
    session = current.get_programme().session(slug)
    return session and session.id


def speaker_id_by_slug(slug: str) -> str | None:
    speaker = current.get_programme().speaker(slug)
    return speaker and speaker.id


def page_id_by_slug(slug: str) -> int | None:
    return Page.objects.filter(slug=slug).values_list("pk", flat=True).first()


EDITABLE_PAGES = {
    "programme:session": EditablePage("programme", "session", _("Edit session"), session_id_by_slug),
    "speakers:detail": EditablePage("speakers", "speaker", _("Edit speaker"), speaker_id_by_slug),
    "page": EditablePage("conference", "page", _("Edit page"), page_id_by_slug),
}
