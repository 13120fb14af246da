from django import forms
from django.utils.translation import gettext_lazy as _

from sessions.models import Room


class RoomChoiceField(forms.ModelChoiceField):
    """A room for each row of a list, from rooms that were asked for once."""

    def __init__(self, rooms):
        super().__init__(Room.objects.none(), required=False, label=_("room"), empty_label=_("no room"))
        self.rooms = {str(room.pk): room for room in rooms}
        self.choices = [("", self.empty_label), *((room.pk, str(room)) for room in rooms)]

    def __deepcopy__(self, memo):
        again = type(self)(self.rooms.values())
        memo[id(self)] = again
        return again

    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            return self.rooms[str(value)]
        except KeyError:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from None


class LocalDateTimeField(forms.DateTimeField):
    """A date and a time in one input, on the conference's clock, written the same whatever the browser's country."""

    widget = forms.DateTimeInput(format="%Y-%m-%d %H:%M", attrs={"autocomplete": "off"})


def make_row_form():
    """The form of one row of the list. Its inputs have no labels to be seen, so each says whose it is."""

    class RowForm(forms.ModelForm):
        starts_at = LocalDateTimeField(label=_("start"))
        ends_at = LocalDateTimeField(label=_("end"))
        room = RoomChoiceField(list(Room.objects.all()))

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            for field in self.fields.values():
                field.widget.attrs["aria-label"] = _("%(field)s of “%(title)s”") % {
                    "field": field.label,
                    "title": self.instance.title_en,
                }

        def clean(self):
            data = super().clean()
            start, end = data.get("starts_at"), data.get("ends_at")
            if start and end and end <= start:
                self.add_error("ends_at", _("The end must be after the start."))
            return data

    return RowForm
