"""Decorator for views whose pages are identical for everyone."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import NamedTuple

from django.http import HttpRequest
from django.views.decorators.http import require_safe

from .keys import normalize_query


class PagePolicy(NamedTuple):
    """Cache settings of a view: the arguments of `published`."""

    bypass: Callable[[HttpRequest], object] | None = None
    vary_on: tuple[str, ...] = ()


def published(
    view: Callable | None = None,
    *,
    bypass: Callable[[HttpRequest], object] | None = None,
    vary_on: Sequence[str] = (),
) -> Callable:
    """Mark a view whose successful responses are identical for everyone, so that PageCacheMiddleware stores them.

    The view answers GET and HEAD. Its pages contain no CSRF token, user name or message. vary_on names further request
    headers that the response depends on; where bypass returns true for a request, the view answers it although the
    page is stored.
    """
    if view is None:
        return lambda view: published(view, bypass=bypass, vary_on=vary_on)

    policy = PagePolicy(bypass, tuple(vary_on))

    @require_safe
    @wraps(view)
    def serve(request, *args, **kwargs):
        normalize_query(request)
        response = view(request, *args, **kwargs)
        if response.status_code == 200:
            response.page_policy = policy
        return response

    # A function attribute, as Django marks views (csrf_exempt).
    serve.page_policy = policy  # type: ignore[attr-defined]
    return serve


def is_published(view: Callable) -> bool:
    """Return whether a view is marked with `published`."""
    return hasattr(view, "page_policy")
