"""The page on which attendees join the sessions of the day online. Opening a stream records their presence."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ..attendance.joining import describe_refusal, find_stream, record_online_attendance, streamed_sessions
from ..models import Registration
from ..states import InvalidTransitionError
from .decorators import attendee_login_required, get_own_registration


@attendee_login_required
@require_http_methods(["GET", "HEAD", "POST"])
def join_page(request: HttpRequest) -> HttpResponse:
    """List the streams of the day. A POST records the presence and leads to the stream."""
    registration = get_own_registration(request)
    if registration is None:
        return redirect("registration:dashboard")
    if request.method != "POST":
        return render_join_page(request, registration)
    access = registration.check_online_access()
    if not access.is_allowed:
        return render_join_page(request, registration)
    stream = find_stream(streamed_sessions(access.day), request.POST.get("session", ""), request.POST.get("stream", ""))
    if stream is None:
        error = _("This stream is not available now. Choose another one.")
        return render_join_page(request, registration, error=error)
    try:
        record_online_attendance(registration)
    except InvalidTransitionError:
        # Cancelled or erased since it was read.
        return redirect("registration:dashboard")
    response = render(request, "registration/joining.html", {"section": "register", "url": stream.url})
    # Not a redirect response: the policy form-action forbids forms that lead to other sites, also by a redirect.
    response.headers["Refresh"] = f"0; url={iri_to_uri(stream.url)}"
    return response


def render_join_page(request: HttpRequest, registration: Registration, *, error: str = "") -> HttpResponse:
    access = registration.check_online_access()
    context = {
        "section": "register",
        "access": access,
        "refusal": describe_refusal(access),
        "sessions": streamed_sessions(access.day) if access.day else [],
        "attendance": registration.online_attendances.filter(day=access.day).first() if access.day else None,
        "error": error,
    }
    return render(request, "registration/join.html", context)
