"""Form field, form and admin mixin to upload, replace and remove a picture."""

import logging

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.forms.widgets import ClearableFileInput
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from sessions.imports.uploads import CANNOT_STORE

from ..models import Picture
from . import renditions, validation
from .storage import delete_unused_on_commit, store_picture

logger = logging.getLogger(__name__)


class PictureNotStoredError(Exception):
    """The files of a valid picture cannot be written."""


class PictureInput(ClearableFileInput):
    """File input with the current picture and a checkbox to remove it."""

    template_name = "speakers/picture_input.html"
    clear_checkbox_label = _("Remove")

    def is_initial(self, value: object) -> bool:
        return isinstance(value, Picture)

    def get_context(self, name: str, value: object, attrs: dict | None) -> dict:
        context = super().get_context(name, value, attrs)
        # Every browser shows the last type. The files of a type are sorted by size.
        files = value.files if self.is_initial(value) else []
        return context | {"current_file": next((file for file in files if file["type"] == files[-1]["type"]), None)}

    def render(self, name: str, value: object, attrs: dict | None = None, renderer: object = None) -> str:
        """Render with the site's template engine: the form renderer does not find the project's templates."""
        return render_to_string(self.template_name, self.get_context(name, value, attrs))


class PictureFormField(forms.FileField):
    """Upload of a picture. The clean value is a RenderedPicture, False to remove it, or the current Picture."""

    widget = PictureInput
    default_error_messages = {
        "empty": _("This file is empty. Choose another one."),
        "contradiction": _("Choose another picture or remove this one, not both."),
    }

    def __init__(self, spec: renditions.PictureSpec = renditions.PORTRAIT, **kwargs):
        self.spec = spec
        super().__init__(**{"required": False} | kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        return super().widget_attrs(widget) | {"accept": "image/jpeg,image/png,image/webp"}

    def to_python(self, data: UploadedFile | None) -> renditions.RenderedPicture | None:
        upload = super().to_python(data)
        if upload is None:
            return None
        if upload.size > validation.MAX_BYTES:
            raise validation.make_validation_error("too_heavy")
        return renditions.render_picture(upload.read(), self.spec)


class PictureForm(forms.ModelForm):
    """ModelForm of an object with one picture.

    A subclass names the foreign key and the kind of picture, and leaves the foreign key itself out of its fields:

        class SpeakerForm(PictureForm):
            picture_field = "portrait"
            picture = PictureFormField(PORTRAIT, label=_("portrait"))

        class SpeakerAdmin(PictureAdmin, admin.ModelAdmin):
            form = SpeakerForm
            fieldsets = [(None, {"fields": ["name_en", "picture", "portrait_alt_en"]})]  # not "portrait"

    Save it in a transaction, as the admin does. A replaced or removed picture is deleted after the transaction.
    """

    picture_field: str
    picture = PictureFormField()
    # True if the files could not be written at the first attempt.
    cannot_store = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["picture"] = getattr(self.instance, self.picture_field)

    def clean(self) -> dict:
        data = super().clean()
        if self.cannot_store:
            self.add_error("picture", CANNOT_STORE)
        return data

    def save(self, commit: bool = True) -> models.Model:
        """Save the object and its picture. Raises PictureNotStoredError; roll back the transaction then."""
        if self.is_valid():
            self.apply_upload(self.cleaned_data.get("picture"))
        return super().save(commit)

    def apply_upload(self, value: renditions.RenderedPicture | Picture | bool | None) -> None:
        if isinstance(value, renditions.RenderedPicture):
            try:
                self.replace_picture(store_picture(value))
            except OSError as error:
                logger.error("The files of a picture cannot be written: %s", error)
                raise PictureNotStoredError from error
        elif value is False:
            self.replace_picture(None)

    def replace_picture(self, picture: Picture | None) -> None:
        setattr(self.instance, self.picture_field, picture)
        delete_unused_on_commit()


class PictureAdminMixin:
    """ModelAdmin of a PictureForm. Deleting an object also deletes its picture, unless it is used elsewhere."""

    def changeform_view(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        """Show the form again with an error if the files of a picture cannot be written; nothing is saved then."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, *args, **kwargs)
        except PictureNotStoredError:
            request.cannot_store = True
            for file in request.FILES.values():
                file.seek(0)
            return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args, **kwargs) -> type[PictureForm]:
        form = super().get_form(request, *args, **kwargs)
        form.cannot_store = getattr(request, "cannot_store", False)
        return form

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        super().delete_model(request, obj)
        delete_unused_on_commit()

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        super().delete_queryset(request, queryset)
        delete_unused_on_commit()
