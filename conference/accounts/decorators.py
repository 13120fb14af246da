"""View decorators for pages about the signed-in user."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from .forms import apply_field_labels
from .mfa import MFAStatus, get_mfa_status, reauthentication_url_name

View = Callable[..., HttpResponse]


def personal_page(view: View) -> View:
    """Mark the response as private: not cached, and not indexed by search engines."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        adapt_allauth_context(getattr(response, "context_data", None) or {})
        add_never_cache_headers(response)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return wrapper


def mfa_verification_required(view: View) -> View:
    """Require that an existing second factor was verified in this session before it can be changed or removed."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and get_mfa_status(request) is MFAStatus.NOT_VERIFIED:
            return redirect_to_login(request.get_full_path(), reverse(reauthentication_url_name(request.user)))
        return view(request, *args, **kwargs)

    return personal_page(wrapper)


def adapt_allauth_context(context: dict[str, Any]) -> None:
    """Change the template context of an allauth view, if it has one, to suit our templates."""
    # allauth's "site" is the host; in our templates it is the conference.
    context.pop("site", None)
    if "form" in context:
        apply_field_labels(context["form"])
    if "js_data" in context:
        # For a data attribute: the Content-Security-Policy forbids inline scripts, even data blocks.
        context["passkey_options"] = json.dumps(context["js_data"])
