"""Uploading, replacing and removing a picture in a form."""

import logging

from django import forms
from django.db import transaction
from django.forms.widgets import ClearableFileInput
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from sessions.imports.uploads import CANNOT_STORE

from ..models import Picture
from . import renditions, validation
from .storage import delete_unused_on_commit, store_picture

logger = logging.getLogger(__name__)


class PictureNotStoredError(Exception):
    """A picture is fine and its files cannot be written."""


class PictureInput(ClearableFileInput):
    """The present picture with a box to remove it, and a field for another one."""

    template_name = "speakers/picture_input.html"
    clear_checkbox_label = _("Remove")

    def is_initial(self, value):
        return isinstance(value, Picture)

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        # The last type is the one that every browser shows; the files of a type are sorted by size.
        files = value.files if self.is_initial(value) else []
        return context | {"present": next((file for file in files if file["type"] == files[-1]["type"]), None)}

    def render(self, name, value, attrs=None, renderer=None):
        return render_to_string(self.template_name, self.get_context(name, value, attrs))


class PictureFormField(forms.FileField):
    """A picture of some kind. Its clean value is a Rendered; False where the present one is to go; else as it was."""

    widget = PictureInput
    default_error_messages = {
        "empty": _("This file is empty. Choose another one."),
        "contradiction": _("Choose another picture or remove this one, not both."),
    }

    def __init__(self, kind=renditions.PORTRAIT, **kwargs):
        self.spec = kind
        super().__init__(**{"required": False} | kwargs)

    def widget_attrs(self, widget):
        return super().widget_attrs(widget) | {"accept": "image/jpeg,image/png,image/webp"}

    def to_python(self, data):
        upload = super().to_python(data)
        if upload is None:
            return None
        if upload.size > validation.MAX_BYTES:
            raise validation.make_validation_error("too_heavy")
        return renditions.render_picture(upload.read(), self.spec)


class PictureForm(forms.ModelForm):
    """A ModelForm whose row has one picture.

    Say which relation it is kept in, and of what kind; leave the relation itself out of the form:

        class SpeakerForm(PictureForm):
            picture_field = "portrait"
            picture = PictureFormField(PORTRAIT, label=_("portrait"))

        class SpeakerAdmin(PictureAdmin, admin.ModelAdmin):
            form = SpeakerForm
            fieldsets = [(None, {"fields": ["name_en", "picture", "portrait_alt_en"]})]  # and never "portrait"

    Save it in a transaction, as the admin does. What was replaced or removed is swept after the transaction.
    """

    picture_field: str
    picture = PictureFormField()
    # Set where the files could not be written at the first attempt.
    cannot_store = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["picture"] = getattr(self.instance, self.picture_field)

    def clean(self):
        data = super().clean()
        if self.cannot_store:
            self.add_error("picture", CANNOT_STORE)
        return data

    def save(self, commit=True):
        """Raises PictureNotStoredError; then the transaction has to be rolled back."""
        if self.is_valid():
            self.apply_upload(self.cleaned_data.get("picture"))
        return super().save(commit)

    def apply_upload(self, chosen):
        if isinstance(chosen, renditions.RenderedPicture):
            try:
                self.replace_picture(store_picture(chosen))
            except OSError as error:
                logger.error("The files of a picture cannot be written: %s", error)
                raise PictureNotStoredError from error
        elif chosen is False:
            self.replace_picture(None)

    def replace_picture(self, picture):
        setattr(self.instance, self.picture_field, picture)
        delete_unused_on_commit()


class PictureAdminMixin:
    """Beside ModelAdmin: a deleted row's picture goes with it, unless something else needs it."""

    def changeform_view(self, request, *args, **kwargs):
        """Where the files of a picture cannot be written, nothing is saved and the form says so."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, *args, **kwargs)
        except PictureNotStoredError:
            request.cannot_store = True
            for file in request.FILES.values():
                file.seek(0)
            return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request, *args, **kwargs):
        form = super().get_form(request, *args, **kwargs)
        form.cannot_store = getattr(request, "cannot_store", False)
        return form

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        delete_unused_on_commit()

    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset)
        delete_unused_on_commit()
