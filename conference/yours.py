"""What belongs to the visitor alone, on pages that are the same for everybody.

Published pages are identical for everyone (conference.core.page_cache). A signed-in user has a cookie that says so and
nothing else; where a browser has it, site.js fetches the user's own links here and inserts them. Without scripts they
are one step away: attendees reach their page from "Register", organizers theirs from the admin.
"""

from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from sessions import current

from .account_urls import private
from .models import Page
from .registration.own import mine

COOKIE = "signed_in"


def signed_in_cookie(get_response):
    """Set the cookie that says that somebody is signed in, and take it away when nobody is any more. Answers for which
    nobody asked who it is are left alone."""

    def middleware(request):
        response = get_response(request)
        if not request.session.accessed:
            return response
        try:
            is_known, is_said = SESSION_KEY in request.session, COOKIE in request.COOKIES
        except DatabaseError:
            # It was asked for in vain, and that has been answered.
            return response
        if is_known and not is_said:
            age = request.session.get_expiry_age()
            response.set_cookie(COOKIE, "1", max_age=age, secure=request.is_secure(), samesite="Lax")
        elif is_said and not is_known:
            response.delete_cookie(COOKIE, samesite="Lax")
        return response

    return middleware


@private
@require_safe
def yours(request):
    """Links for whoever is signed in, as they look at the page whose path is `at`. 204 where there is none."""
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    registration = mine(request)
    desk = _desk(request.user, request.GET.get("at", "")) if request.user.is_staff else []
    if not registration and not desk:
        return HttpResponse(status=204)
    return render(request, "conference/yours.html", {"registration": registration, "desk": desk})


def _desk(user, path):
    """Pairs of an address at the desk and what it is called."""
    change = _change(user, path)
    return [*([change] if change else []), (reverse("admin:index"), _("To the desk"))]


def _change(user, path):
    """Where what a page shows is edited, for somebody who may."""
    try:
        found = resolve(path)
    except Resolver404:
        return None
    show = EDITED.get(found.url_name)
    if not show:
        return None
    model, words, find = show
    app, _dot, name = model.partition(".")
    row = find(found.kwargs.get("slug", "")) if user.has_perm(f"{app}.change_{name}") else None
    return row and (reverse(f"admin:{app}_{name}_change", args=[row]), words)


def _session(slug):
    session = current.programme().session(slug)
    return session and session.id


def _speaker(slug):
    speaker = current.programme().speaker(slug)
    return speaker and speaker.id


def _page(slug):
    return Page.objects.filter(slug=slug).values_list("pk", flat=True).first()


# What is edited of a page, by the name of its address: the model, what the link says, and how its row is found.
EDITED = {
    "session": ("programme.session", _("Edit this session"), _session),
    "speaker": ("speakers.speaker", _("Edit this speaker"), _speaker),
    "page": ("conference.page", _("Edit this page"), _page),
}
