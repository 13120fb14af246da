"""What belongs to the visitor alone, on pages that are the same for everybody.

Published pages are identical for everyone (conference.core.page_cache). A signed-in user has a cookie that says so and
nothing else; where a browser has it, site.js fetches the user's own links here and inserts them. Without scripts they
are one step away: attendees reach their page from "Register", organizers theirs from the admin.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from sessions.releases import current

from .accounts.decorators import personal_page
from .models import Page
from .registration.views.decorators import get_own_registration


@personal_page
@require_safe
def user_links(request):
    """Links for whoever is signed in, as they look at the page whose path is `at`. 204 where there is none."""
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    registration = get_own_registration(request)
    desk = admin_links(request.user, request.GET.get("at", "")) if request.user.is_staff else []
    if not registration and not desk:
        return HttpResponse(status=204)
    return render(request, "conference/_user_links.html", {"registration": registration, "desk": desk})


def admin_links(user, path):
    """Pairs of an address at the desk and what it is called."""
    change = find_edit_link(user, path)
    return [*([change] if change else []), (reverse("admin:index"), _("Go to dashboard"))]


def find_edit_link(user, path):
    """Where what a page shows is edited, for somebody who may."""
    try:
        found = resolve(path)
    except Resolver404:
        return None
    show = EDITABLE_PAGES.get(found.url_name)
    if not show:
        return None
    model, words, find = show
    app, _dot, name = model.partition(".")
    row = find(found.kwargs.get("slug", "")) if user.has_perm(f"{app}.change_{name}") else None
    return row and (reverse(f"admin:{app}_{name}_change", args=[row]), words)


def session_id_by_slug(slug):
    session = current.get_programme().session(slug)
    return session and session.id


def speaker_id_by_slug(slug):
    speaker = current.get_programme().speaker(slug)
    return speaker and speaker.id


def page_id_by_slug(slug):
    return Page.objects.filter(slug=slug).values_list("pk", flat=True).first()


# What is edited of a page, by the name of its address: the model, what the link says, and how its row is found.
EDITABLE_PAGES = {
    "session": ("programme.session", _("Edit session"), session_id_by_slug),
    "speaker": ("speakers.speaker", _("Edit speaker"), speaker_id_by_slug),
    "page": ("conference.page", _("Edit page"), page_id_by_slug),
}
