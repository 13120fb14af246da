"""Form field, form and admin mixin to upload, replace and remove a picture."""

import logging
from dataclasses import dataclass
from functools import partial
from typing import Self

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import models, transaction
from django.forms.widgets import ClearableFileInput
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from conference.core.pending_uploads import delete_pending_upload, load_pending_upload, save_pending_upload
from sessions.imports.uploads import CANNOT_STORE

from ..models import Picture
from . import renditions, validation
from .storage import delete_unused_on_commit, store_picture

logger = logging.getLogger(__name__)

MAX_NAME_LENGTH = 200
CHOOSE_AGAIN = _("Please choose this file again. It is no longer stored.")


class PictureNotStoredError(Exception):
    """The files of a valid picture cannot be written."""


class PictureInput(ClearableFileInput):
    """File input with the current picture and a checkbox to remove it.

    pending is the picture that was submitted with a form that could not be saved; its checkbox submits it again.
    """

    template_name = "speakers/picture_input.html"
    clear_checkbox_label = _("Remove")
    pending: "PendingPicture | None" = None

    def is_initial(self, value: object) -> bool:
        return isinstance(value, Picture)

    def get_context(self, name: str, value: object, attrs: dict | None) -> dict:
        context = super().get_context(name, value, attrs)
        # Every browser shows the last type. The files of a type are sorted by size.
        files = value.files if self.is_initial(value) else []
        context |= {"pending": self.pending, "pending_name": get_pending_name(name)}
        return context | {"current_file": next((file for file in files if file["type"] == files[-1]["type"]), None)}

    def render(self, name: str, value: object, attrs: dict | None = None, renderer: object = None) -> str:
        """Render with the site's template engine: the form renderer does not find the project's templates."""
        return render_to_string(self.template_name, self.get_context(name, value, attrs))


@dataclass(frozen=True)
class PendingPicture:
    """A chosen picture that is stored until its form is valid: its key, and the name of the user's file."""

    key: str
    file_name: str

    @property
    def value(self) -> str:
        return f"{self.key}/{self.file_name}"

    @classmethod
    def parse(cls, value: str) -> Self:
        key, _slash, file_name = value.partition("/")
        return cls(key, file_name[:MAX_NAME_LENGTH])


def get_pending_name(name: str) -> str:
    """Return the name of the checkbox that submits the pending picture of a field."""
    return f"{name}-pending"


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
    # The primary key of the user who may submit a pending picture again.
    owner: int | None = None
    pending: PendingPicture | None = None
    picture = PictureFormField()
    # True if the files could not be written at the first attempt.
    cannot_store = False
    # True if a pending picture was submitted that is not stored any more.
    has_expired = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["picture"] = getattr(self.instance, self.picture_field)
        if self.is_bound and self.owner is not None and "picture" in self.fields:
            self.restore_pending(self.owner)

    def restore_pending(self, owner: int) -> None:
        """Add the pending picture to the submitted files, unless another one was chosen."""
        name = self.add_prefix("picture")
        value = self.data.get(get_pending_name(name), "")
        if not value or name in self.files:
            return
        pending = PendingPicture.parse(value)
        data = load_pending_upload(owner, pending.key)
        if data is None:
            self.has_expired = True
            return
        self.pending = pending
        self.files = self.files.copy()
        self.files[name] = SimpleUploadedFile(pending.file_name, data)

    def keep_upload(self) -> None:
        """Store a valid picture until the form is submitted again; ask for it again if that is impossible."""
        file = self.files.get(self.add_prefix("picture"))
        if self.owner is None or file is None or "picture" in self.errors:
            return
        if self.pending is None:
            file.seek(0)
            try:
                self.pending = PendingPicture(save_pending_upload(self.owner, file.read()), file.name)
            except OSError as error:
                logger.error("A picture cannot be kept: %s", error)
                self.add_error("picture", CHOOSE_AGAIN)
                return
        self.fields["picture"].widget.pending = self.pending

    def clean(self) -> dict:
        data = super().clean()
        if self.cannot_store:
            self.add_error("picture", CANNOT_STORE)
        if self.has_expired:
            self.add_error("picture", CHOOSE_AGAIN)
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
                self.delete_pending_on_commit()
            except OSError as error:
                logger.error("The files of a picture cannot be written: %s", error)
                raise PictureNotStoredError from error
        elif value is False:
            self.replace_picture(None)

    def delete_pending_on_commit(self) -> None:
        if self.owner is not None and self.pending:
            transaction.on_commit(partial(delete_pending_upload, self.owner, self.pending.key), robust=True)

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
        form.owner = request.user.pk
        return form

    def render_change_form(self, request: HttpRequest, context: dict, *args, **kwargs) -> HttpResponse:
        """Keep the chosen picture when a submitted form is shown again."""
        form = context["adminform"].form
        if form.is_bound:
            form.keep_upload()
        return super().render_change_form(request, context, *args, **kwargs)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        super().delete_model(request, obj)
        delete_unused_on_commit()

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        super().delete_queryset(request, queryset)
        delete_unused_on_commit()
