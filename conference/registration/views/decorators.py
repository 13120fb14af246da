"""Access control of the attendees' own pages."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from conference.accounts.decorators import personal_page

from ..models import Registration


def attendee_login_required(view: Callable) -> Callable:
    """Decorate a view of the signed-in user's own data. Its responses are not cached.

    FormRecoveryMiddleware keeps a form that is submitted after the session has expired.
    """

    @personal_page
    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return redirect_to_login(request.path, reverse("account_request_login_code"))

    return wrapper


def get_own_registration(request: HttpRequest) -> Registration | None:
    """Return the registration of the signed-in user."""
    registrations = Registration.objects.select_related("user", "category", "consent_text", "special_needs")
    return registrations.filter(user_id=request.user.pk).first()
