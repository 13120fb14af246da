"""Forms and pages of allauth on which an e-mail address is typed or proved by a link."""

from allauth.account import views
from allauth.account.forms import LoginForm, ResetPasswordForm
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse

from .email_ownership import delivery_email, find_account, normalize_email, prove, proved_email


class SignInForm(LoginForm):
    def clean_login(self) -> str:
        """Return the address as it is stored, for the steps of the sign-in that look it up again."""
        return proved_email(super().clean_login())


class ResetForm(ResetPasswordForm):
    def clean_email(self) -> str:
        """Return the normalized address: the e-mail goes to the spelling that is known, not to the one typed."""
        email = normalize_email(self.cleaned_data["email"])
        user = find_account(email)
        self.users = [user] if user else []
        return email


class ResetFromLink(views.PasswordResetFromKeyView):
    @transaction.atomic
    def form_valid(self, form) -> HttpResponse:
        """Take a link sent to an account without a proved address as the proof: it was sent to ``User.email``.

        The token holds for that address only.
        """
        user = self.reset_user
        if not delivery_email(user) and not (find_account(user.email) == user and prove(user, user.email)):
            return self.render_to_response(self.get_context_data(token_fail=True))
        return super().form_valid(form)


class ConfirmEmail(views.ConfirmEmailView):
    """The link that confirms another address of an account. Only its owner may follow it, signed in.

    Otherwise the owner of an address could be led to confirm it for an account that somebody else uses.
    """

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            self.object = self.get_object()
        except Http404:
            return super().dispatch(request, *args, **kwargs)
        if self.object.email_address.user_id == request.user.pk:
            return super().dispatch(request, *args, **kwargs)
        return self.render_to_response(self.get_context_data(must_sign_in=True))
