"""Photos for badges: only the pixels of an upload are kept, as one small JPEG in the database."""

import hashlib
import io

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from PIL import Image

from speakers.images import validation
from speakers.images.renditions import flatten_on_white, resize_image

from ..models import BadgePhoto, Registration

PHOTO_SIZE = (480, 600)
MIN_SIDE = 200


class BadgePhotoForm(forms.Form):
    """Upload of a photo. The clean value is the JPEG that is stored."""

    photo = forms.FileField(
        label=_("Photo"),
        help_text=_("JPEG, PNG or WebP, up to 10 MB. Your face in the middle, without other people."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={
            "required": _("Choose a photo."),
            "empty": _("This file is empty. Choose another one."),
        },
    )
    use_required_attribute = False

    def clean_photo(self) -> bytes:
        upload: UploadedFile = self.cleaned_data["photo"]
        if upload.size > validation.MAX_BYTES:
            raise validation.make_validation_error("too_heavy")
        return render_photo(upload.read())


def render_photo(data: bytes) -> bytes:
    """Return the middle of a picture as a JPEG without metadata. Raises ValidationError with a message for the user."""
    picture = validation.decode_picture(data, min_side=MIN_SIDE, sufficient_side=768)
    width, height = PHOTO_SIZE
    scale = min(picture.width / width, picture.height / height)
    crop_width, crop_height = round(width * scale), round(height * scale)
    # Faces are above the middle: cut a quarter of the excess height above and three quarters below.
    left, top = (picture.width - crop_width) // 2, (picture.height - crop_height) // 4
    cropped = flatten_on_white(picture.crop((left, top, left + crop_width, top + crop_height)))
    return encode_jpeg(resize_image(cropped, PHOTO_SIZE) if scale > 1 else cropped)


def encode_jpeg(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, format="JPEG", quality=85, optimize=True)
    return data.getvalue()


@transaction.atomic
def save_photo(registration: Registration, data: bytes) -> None:
    digest = hashlib.sha256(data).hexdigest()
    BadgePhoto.objects.update_or_create(registration=registration, defaults={"data": data, "digest": digest})
    mark_changed(registration)


@transaction.atomic
def delete_photo(registration: Registration) -> None:
    BadgePhoto.objects.filter(registration=registration).delete()
    mark_changed(registration)


def mark_changed(registration: Registration) -> None:
    """Let organizers find badges that were printed before."""
    Registration.objects.filter(pk=registration.pk).update(updated_at=timezone.now())
