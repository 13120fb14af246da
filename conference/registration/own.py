"""What the pages about oneself have in common: who may see them, and whose they are."""

from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from ..account_urls import private
from . import seats, typed
from .models import Registration


def signed_in(view):
    """Only for those who are signed in, and kept by nobody. Whoever is not any more goes on after they have, with what
    they had typed."""

    @private
    @wraps(view)
    def answer(request, *args, **kwargs):
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.method == "POST":
            typed.keep(request, request.resolver_match.url_name)
        return redirect_to_login(request.path, reverse("account_request_login_code"))

    return answer


def mine(request):
    """The registration of whoever is signed in, or None."""
    found = Registration.objects.select_related("user", "category", "consent", "needs")
    return found.filter(user_id=request.user.pk).first()


def seats_of(registration):
    """Its seats that were not given back, each with its place on the wait list (1 is next)."""
    ahead = Q(since__lt=OuterRef("since")) | Q(since=OuterRef("since"), pk__lt=OuterRef("pk"))
    line = seats.next_in_line().order_by().filter(ahead, day=OuterRef("day"), mode=OuterRef("mode"))
    number = Subquery(line.values("day").annotate(number=Count("pk")).values("number"))
    held = registration.seats.exclude(state="released").order_by("day", "meanwhile")
    return list(held.annotate(place=Coalesce(number, 0) + 1))
