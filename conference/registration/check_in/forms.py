"""Forms of check-in: a scan, and an action on a recorded check-in."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..models import CheckIn, Entrance, Registration
from . import codes
from .access import Access
from .recording import Direction

MAX_TEXT = 300


class ScanForm(forms.Form):
    """A code or words to search for, or the registration that was chosen from the results of a search."""

    entrance = forms.ModelChoiceField(Entrance.objects.none(), label=_("Entrance"), empty_label=None)
    direction = forms.ChoiceField(label=_("Direction"), choices=Direction.choices, required=False)
    code = forms.CharField(label=_("Code, number, name, e-mail or organization"), required=False)
    id = forms.UUIDField(required=False)
    registration = forms.UUIDField(required=False)
    override_reason = forms.CharField(label=_("Reason"), max_length=MAX_TEXT, required=False)
    note = forms.CharField(max_length=MAX_TEXT, required=False)

    def __init__(self, *args: Any, access: Access, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.access = access
        keys = [entrance.pk for entrance in access.entrances]
        entrances = Entrance.objects.filter(pk__in=keys).select_related("session").prefetch_related("categories")
        field: Any = self.fields["entrance"]
        field.queryset = entrances
        # With one entrance there is nothing to choose.
        field.required = len(access.entrances) != 1
        self.fields["code"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}

    def clean_entrance(self) -> Entrance:
        return self.cleaned_data["entrance"] or self.access.entrances[0]

    def clean_direction(self) -> str:
        return self.cleaned_data["direction"] or Direction.IN.value

    def clean_code(self) -> str:
        code = self.cleaned_data["code"].strip()
        if len(code) > codes.MAX_LENGTH:
            raise ValidationError(_("This is too long for a code."))
        return code

    def clean_override_reason(self) -> str:
        reason = self.cleaned_data["override_reason"].strip()
        if reason and not self.access.can_override:
            raise ValidationError(_("You may not let people in against the rules."), code="forbidden")
        return reason

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("code") and not data.get("registration") and not self.has_error("code"):
            self.add_error("code", _("Scan or type something."))
        return data

    @property
    def is_forbidden(self) -> bool:
        return self.has_error("override_reason", "forbidden")

    def find_registration(self) -> Registration | None:
        key = self.cleaned_data.get("registration")
        return Registration.objects.filter(pk=key).first() if key else None

    def make_check_in_id(self, registration: Registration, *, is_script: bool) -> uuid.UUID:
        """Return the identity of the check-in: the one that the client made, or a new one.

        A page without scripts has one number for whatever is typed, also after the back button. So its identity depends
        on the person and the direction.
        """
        number = self.cleaned_data.get("id") or uuid.uuid4()
        if is_script:
            return number
        return uuid.uuid5(number, f"{registration.pk} {self.cleaned_data['direction']}")


class CheckInForm(forms.Form):
    """The check-in that is undone or that gets a note."""

    check_in = forms.UUIDField()
    note = forms.CharField(max_length=MAX_TEXT, required=False)

    def find_check_in(self) -> CheckIn | None:
        check_ins = CheckIn.objects.select_related("registration__category", "entrance__session", "earlier__entrance")
        return check_ins.select_related("ticket").filter(pk=self.cleaned_data["check_in"]).first()
