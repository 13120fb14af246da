"""The attendee's own certificate as a PDF, and the public pages that verify the code of a certificate."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from conference.accounts.decorators import personal_page
from conference.accounts.rate_limits import refuse_frequent_request
from conference.core.http import make_pdf_response
from conference.core.i18n.text import order_languages

from ..certificates.codes import format_code, normalize_certificate_code
from ..certificates.issuance import find_certificate, get_or_issue_certificate
from ..certificates.wording import list_days
from ..days import conference_date
from ..models import Certificate
from ..states import InvalidTransitionError
from .decorators import attendee_login_required, get_own_registration

MAX_TYPED_LENGTH = 200
VALID, UNKNOWN = gettext_lazy("Valid certificate"), gettext_lazy("No valid certificate with this code")


class CertificateCodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code of the certificate"),
        max_length=MAX_TYPED_LENGTH,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "code"}
        ),
        error_messages={"required": gettext_lazy("Enter the code that is printed on the certificate.")},
    )

    def clean_code(self) -> str:
        code = normalize_certificate_code(self.cleaned_data["code"])
        if not code:
            raise forms.ValidationError(_("A code has 26 letters and digits. Please compare it with the certificate."))
        return code


@attendee_login_required
@require_safe
def certificate_pdf(request: HttpRequest) -> HttpResponse:
    registration = get_own_registration(request)
    if registration is None:
        return redirect("registration:dashboard")
    if refusal := refuse_frequent_request(request, "ticket"):
        return refusal
    try:
        certificate = get_or_issue_certificate(registration)
    except InvalidTransitionError:
        # The dashboard explains why there is none.
        return redirect("registration:dashboard")
    # Imported here because the PDF libraries take 40 MB of memory and a third of a second.
    from conference.registration.certificates.pdf import render_certificates

    return make_pdf_response(render_certificates([certificate]), "certificate.pdf")


@personal_page
@require_safe
def find_certificate_page(request: HttpRequest) -> HttpResponse:
    """Ask for a code, and redirect to the page of the certificate."""
    form = CertificateCodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        return redirect("registration:verify_certificate", format_code(form.cleaned_data["code"]))
    return render(request, "registration/certificate_form.html", {"form": form})


@personal_page
@require_safe
def verify_certificate(request: HttpRequest, code: str) -> HttpResponse:
    """Show what the certificate of a code says, in every language.

    Malformed codes, unknown ones and those of replaced certificates get the same page, status and headers.
    """
    if refusal := refuse_frequent_request(request, "certificate"):
        return refusal
    certificate = find_certificate(code)
    (_language, heading, days), *translations = describe_in_all_languages(certificate)
    context = {
        "certificate": certificate,
        "code": format_code(certificate.code) if certificate else "",
        "issued_on": conference_date(certificate.issued_at) if certificate else None,
        "heading": heading,
        "days": days,
        "translations": translations,
        "form": CertificateCodeForm(initial={"code": code[:MAX_TYPED_LENGTH]}),
    }
    status = 200 if certificate else 404
    response = render(request, "registration/certificate_verification.html", context, status=status)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def describe_in_all_languages(certificate: Certificate | None) -> list[tuple[str, str, list[str]]]:
    """Return (language, heading, days) for each language, the active language first."""
    results = []
    for language in order_languages():
        with translation.override(language):
            days = list_days(certificate.attended_days) if certificate else []
            results.append((language, str(VALID if certificate else UNKNOWN), days))
    return results
