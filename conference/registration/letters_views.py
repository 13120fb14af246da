"""All letters, in the browser: only where the site runs on one machine, as quickstart serves it."""

from functools import wraps

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .models import Letter
from .reading import shown

SHOWN = 200


def on_this_machine(view):
    """Elsewhere there is no such page: letters hold codes, and the names of those who come."""

    @wraps(view)
    @never_cache
    @require_safe
    def serve(request, *args, **kwargs):
        if not settings.LETTERS_IN_BROWSER:
            raise Http404
        return view(request, *args, **kwargs)

    return serve


@on_this_machine
def letters(request):
    """The latest letters, the newest first."""
    found = Letter.objects.only("to", "subject", "language", "created_at")[:SHOWN]
    return render(request, "registration/letters/letters.html", {"letters": found})


@on_this_machine
def letter(request, pk):
    """One letter as text and as HTML."""
    found = get_object_or_404(Letter, pk=pk)
    context = {"letter": found, "html": shown(found.html)}
    return render(request, "registration/letters/letter_page.html", context)
