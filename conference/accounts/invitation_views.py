"""Page behind the link in an invitation: choosing a password, or accepting the role with an existing account."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from .email_ownership import find_owner
from .forms import FIELD_LABELS, PasswordLoginForm
from .invitations import InvitationError, accept_for_account, create_invited_account, find_invitation
from .models import Invitation

TEMPLATE = "account/invitation.html"


class ChoosePasswordForm(forms.Form):
    password = forms.CharField(
        label=FIELD_LABELS["password1"],
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"])
        return self.cleaned_data["password"]


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_view(request: HttpRequest, token: str) -> HttpResponse:
    """Show the invitation; a POST accepts it. Only a POST uses the link up: mail scanners open links, too."""
    invitation = find_invitation(token)
    if invitation is None:
        return render_page(request, None, status=404)
    owner = find_owner(invitation.email)
    try:
        if owner is None:
            return choose_password(request, invitation, token)
        if request.method == "POST" and request.user == owner:
            accept_for_account(token, owner)
            return redirect("admin:index")
    except InvitationError:
        return render_page(request, None, status=409)
    return render_page(request, invitation, is_owner=request.user == owner, has_account=True)


def choose_password(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """Show the form; with a valid password create the account, sign in and continue to the second factor."""
    form = ChoosePasswordForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render_page(request, invitation, form=form)
    password = form.cleaned_data["password"]
    user = create_invited_account(token, password)
    login_form = PasswordLoginForm({"login": user.email, "password": password}, request=request)
    if not login_form.is_valid():
        # Too many attempts with this address: the account exists, and its owner signs in later.
        return redirect("account_login")
    return login_form.login(request, redirect_url=reverse("mfa_activate_totp"))


def render_page(
    request: HttpRequest, invitation: Invitation | None, *, status: int = 200, **context: Any
) -> TemplateResponse:
    context |= {"invitation": invitation, "groups": list_roles(invitation) if invitation else []}
    return TemplateResponse(request, TEMPLATE, context, status=status)


def list_roles(invitation: Invitation) -> list[str]:
    return list(invitation.groups.values_list("name", flat=True))
