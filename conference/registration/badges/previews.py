"""Previews of badges as SVG, with examples or with the data of one person."""

from dataclasses import dataclass

from django.core.files.storage import default_storage
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..models import BadgeLayout
from .content import BadgeContent, sample_contents
from .formats import get_format
from .items import Image
from .layout import BadgeFields, lay_out_back, lay_out_front
from .pdf import find_logo_file
from .svg import render_badge_svg


@dataclass(frozen=True)
class BadgePreview:
    """The sides of a badge as SVG; back is empty if it is not printed."""

    front: SafeString
    back: SafeString | str


def render_preview(layout: BadgeLayout, content: BadgeContent, *, number: int = 1, photo_url: str = "") -> BadgePreview:
    fields, badge_format = BadgeFields(layout, content, number), get_format(layout)
    logo = find_logo_file(layout)
    images = {Image.PHOTO: photo_url, Image.LOGO: default_storage.url(logo["path"]) if logo else ""}
    label = _("Front of the badge of %(name)s") % {"name": content.name}
    front = render_badge_svg(lay_out_front(fields), badge_format, label, images)
    back = render_badge_svg(lay_out_back(fields), badge_format, _("Back of the badge"), {}) if layout.has_back else ""
    return BadgePreview(front, back)


def get_sample(key: str) -> BadgeContent:
    """Return the example with this key, by default the first one."""
    samples = sample_contents()
    return samples.get(key, samples["short"])[1]
