"""Form of a new badge batch."""

import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conference.core.i18n.text import LocalizedText
from conference.core.times import format_days

from ...badges.batches import MAX_BADGES
from ...badges.content import with_badge_data
from ...badges.selection import SELECTIONS, sort_for_printing, with_badge
from ...formatting import conference_days
from ...models import BadgeBatch, BadgeLayout, Category, Registration, Seat

SELECTION_LABELS = {
    "missing": gettext_lazy("Badges that were not printed yet"),
    "changed": gettext_lazy("Badges that have changed since they were printed"),
    "all": gettext_lazy("All badges, also those that were printed"),
}


class BadgeBatchForm(forms.Form):
    """Which of the given registrations get a badge now, in which layout and order."""

    selection = forms.ChoiceField(
        label=gettext_lazy("Which badges"),
        choices=SELECTION_LABELS.items(),
        initial="missing",
        widget=forms.RadioSelect,
    )
    category = forms.ModelChoiceField(
        label=gettext_lazy("Category"), queryset=Category.objects.all(), required=False, empty_label=gettext_lazy("All")
    )
    day = forms.TypedChoiceField(
        label=gettext_lazy("Day"), required=False, coerce=datetime.date.fromisoformat, empty_value=None
    )
    layout = forms.ModelChoiceField(label=gettext_lazy("Layout"), queryset=BadgeLayout.objects.all(), empty_label=None)
    order = forms.ChoiceField(
        label=gettext_lazy("Sorted by"), choices=BadgeBatch.Order.choices, initial=BadgeBatch.Order.NAME
    )

    def __init__(self, *args, registrations: QuerySet[Registration], **kwargs):
        super().__init__(*args, **kwargs)
        self.registrations = registrations
        self.fields["category"].label_from_instance = lambda category: str(LocalizedText.of(category, "name"))
        days = format_days(conference_days())
        self.fields["day"].choices = [("", _("All")), *((day.isoformat(), name) for day, name in days)]
        self.initial.setdefault("layout", BadgeLayout.get_default().pk)

    def clean(self) -> dict:
        data = super().clean()
        if not self.errors:
            self.selected = self.select()
            if not self.selected:
                raise ValidationError(
                    _("No badges to print. Only people who are admitted in person get a badge. Choose others above.")
                )
            if len(self.selected) > MAX_BADGES:
                message = ngettext(
                    "This is %(n)d badge. Choose at most %(most)d, for example one category.",
                    "These are %(n)d badges. Choose at most %(most)d, for example one category.",
                    len(self.selected),
                )
                raise ValidationError(message % {"n": len(self.selected), "most": MAX_BADGES})
        return data

    def select(self) -> list[Registration]:
        data = self.cleaned_data
        registrations = SELECTIONS[data["selection"]](self.registrations)
        if data["category"]:
            registrations = registrations.filter(category=data["category"])
        if data["day"]:
            seats = Seat.objects.confirmed_in_person().filter(day=data["day"], registration=OuterRef("pk"))
            registrations = registrations.filter(Exists(seats))
        return sort_for_printing(with_badge_data(registrations), data["order"])

    def count_people(self) -> int:
        """Return how many of the registrations get a badge."""
        return with_badge(self.registrations).count()
