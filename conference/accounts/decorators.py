import json
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from conference.accounts.forms import apply_field_labels
from conference.accounts.mfa import MFAStatus, get_mfa_status, reauthentication_url_name


def personal_page(view):
    """A page about one person: no cache keeps it, no search engine lists it."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        _adapt_allauth_context(getattr(response, "context_data", None) or {})
        add_never_cache_headers(response)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answer


def mfa_verification_required(view):
    """Whoever has a second factor changes it only where it was shown: a password is not enough to take it away."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        if request.user.is_authenticated and get_mfa_status(request) is MFAStatus.NOT_VERIFIED:
            return redirect_to_login(request.get_full_path(), reverse(reauthentication_url_name(request.user)))
        return view(request, *args, **kwargs)

    return personal_page(answer)


def _adapt_allauth_context(context):
    # allauth calls the host "site"; in the frame of our pages that is the conference.
    context.pop("site", None)
    if "form" in context:
        apply_field_labels(context["form"])
    if "js_data" in context:
        # For an attribute: what stands in a page as a script is not let through, even if it does nothing.
        context["passkey_options"] = json.dumps(context["js_data"])
