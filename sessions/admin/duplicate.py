"""Duplication of a session as a new draft."""

from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from conference.core.slugs import free_slug

from ..models import Session


def get_duplicate_urls(admin_site: admin.AdminSite) -> list[URLPattern]:
    view = admin_site.admin_view(duplicate_view)
    return [path("<uuid:key>/duplicate/", view, name="programme_session_duplicate")]


@require_http_methods(["GET", "HEAD", "POST"])
def duplicate_view(request: HttpRequest, key: UUID) -> HttpResponse:
    """Ask for confirmation; on POST create the duplicate and redirect to its change form."""
    if not request.user.has_perm("programme.add_session") or not request.user.has_perm("programme.view_session"):
        raise PermissionDenied(_("You do not have permission to add sessions."))
    session = get_object_or_404(Session, pk=key)
    if request.method == "POST":
        duplicate = duplicate_session(session)
        messages.success(request, _("This is the copy. It is a draft and not public."))
        return redirect("admin:programme_session_change", duplicate.pk)
    context = admin.site.each_context(request) | {
        "title": _("Duplicate “%(title)s”") % {"title": session.title_en},
        "opts": Session._meta,
        "session": session,
    }
    return TemplateResponse(request, "admin/programme/session/duplicate.html", context)


@transaction.atomic
def duplicate_session(session: Session) -> Session:
    """Create a draft with the same fields, themes, participations and links; no participation is confirmed."""
    themes, participations, links = list(session.themes.all()), list(session.participations.all()), session.links.all()
    duplicate = Session.objects.get(pk=session.pk)
    duplicate.pk, duplicate._state.adding = Session._meta.pk.get_default(), True
    duplicate.slug, duplicate.status = free_slug(Session, session.title_en), Session.Status.DRAFT
    duplicate.save()
    duplicate.themes.set(themes)
    for participation in participations:
        participation.confirmed = False
    for child in (*participations, *links):
        child.pk, child._state.adding, child.session = None, True, duplicate
        child.save()
    return duplicate
