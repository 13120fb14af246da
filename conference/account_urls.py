"""allauth's addresses, each page in the frame of this site and kept by nobody."""

from functools import wraps

from allauth.account import urls
from django.urls import URLPattern
from django.utils.cache import add_never_cache_headers

from .accounts import in_our_words


def private(view):
    """A page about one person: no cache keeps it, no search engine lists it."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        _make_ours(getattr(response, "context_data", None) or {})
        add_never_cache_headers(response)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answer


def _make_ours(context):
    # allauth calls the host "site"; in the frame of our pages that is the conference.
    context.pop("site", None)
    if "form" in context:
        in_our_words(context["form"])


urlpatterns = [
    URLPattern(page.pattern, private(page.callback), page.default_args, page.name) for page in urls.urlpatterns
]
