"""Decisions that registrars take about registrations, one by one or in bulk."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _

from conference.mail.rendering import sanitize_email_html

from ..emails import preview_declined
from ..models import CLOSED_STATUSES, Registration, RegistrationEvent, RegistrationStatus
from ..states import can_transition
from ..workflow import approve_registration, cancel_registration, decline_registration, reopen_registration

# Name of the button that shows the e-mail and decides nothing.
PREVIEW_PARAMETER = "preview"


class DeclineForm(forms.Form):
    """Reason for declining and a message, which are sent to the person, and a note that is not."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose a reason")), *RegistrationEvent.Reason.choices],
        help_text=_("Included in the e-mail."),
    )
    note = forms.CharField(
        label=_("Message to the person"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=_("Included in the e-mail as written, and shown on the person’s page."),
    )
    internal_note = forms.CharField(
        label=_("Internal note"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=_("Not sent, and not shown to the person. Only registrars see it, in the history below."),
    )


@dataclass(frozen=True)
class EmailPreview:
    """The e-mail about a decision as the person would receive it, without links."""

    to: str
    language: str
    subject: str
    html: str


def preview_email(registration: Registration, form: DeclineForm) -> EmailPreview:
    """Return the e-mail that declining with the values of a valid form would send."""
    values = form.cleaned_data
    email = preview_declined(registration, reason=values["reason"], note=values["note"])
    html = sanitize_email_html(email.html, links=False)
    return EmailPreview(registration.email, registration.email_language, email.subject, html)


@dataclass(frozen=True)
class Decision:
    """A workflow function, the statuses in which it is possible, and the message after it.

    The placeholders of success_message are name and state (the new status).
    """

    name: str
    execute: Callable
    allowed_statuses: frozenset
    success_message: str

    def is_possible(self, registration: Registration) -> bool:
        return registration.status in self.allowed_statuses


def statuses_before(target: RegistrationStatus) -> frozenset:
    """Return the statuses from which a registration can change to the target status."""
    return frozenset(status for status in RegistrationStatus if can_transition(status, target))


DECISIONS = {
    "approve": Decision(
        "approve",
        approve_registration,
        frozenset({RegistrationStatus.SUBMITTED}),
        _("“%(name)s” was approved: %(state)s."),
    ),
    "decline": Decision(
        "decline",
        decline_registration,
        statuses_before(RegistrationStatus.DECLINED),
        _("“%(name)s” was declined."),
    ),
    "reopen": Decision("reopen", reopen_registration, CLOSED_STATUSES, _("“%(name)s” is pending again.")),
    "cancel": Decision(
        "cancel",
        cancel_registration,
        statuses_before(RegistrationStatus.CANCELLED),
        _("“%(name)s” was cancelled."),
    ),
}
