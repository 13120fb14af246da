"""Decisions that registrars take about registrations, one by one or in bulk."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import CLOSED_STATUSES, Registration, RegistrationEvent, RegistrationStatus
from ..states import can_transition
from ..workflow import approve_registration, cancel_registration, decline_registration, reopen_registration


class DeclineForm(forms.Form):
    """Reason for declining, and a message that the e-mail includes."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("Choose a reason")), *RegistrationEvent.Reason.choices]
    )
    note = forms.CharField(
        label=_("Message to the person"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=_("Included in the e-mail as written."),
    )


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
