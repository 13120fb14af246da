"""What the pages about oneself have in common: who may see them, and whose they are."""

from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.urls import reverse

from conference.accounts.decorators import personal_page

from .. import form_drafts
from ..models import Registration


def attendee_login_required(view):
    """Only for those who are signed in, and kept by nobody. Whoever is not any more goes on after they have, with what
    they had typed."""

    @personal_page
    @wraps(view)
    def answer(request, *args, **kwargs):
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.method == "POST":
            form_drafts.save_draft(request, request.resolver_match.url_name)
        return redirect_to_login(request.path, reverse("account_request_login_code"))

    return answer


def get_own_registration(request):
    """The registration of whoever is signed in, or None."""
    found = Registration.objects.select_related("user", "category", "consent_text", "special_needs")
    return found.filter(user_id=request.user.pk).first()
