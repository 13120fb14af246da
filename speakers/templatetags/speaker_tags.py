"""Template tags for speakers and partners. Portraits and logos offer the smallest file that is sharp on each screen."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django import template
from django.conf import settings
from django.utils.translation import get_language

from conference.core.i18n.countries import INTERNATIONAL_ORGANIZATION, get_country_name
from conference.core.i18n.text import LocalizedText
from conference.core.images import ImageRendition
from sessions.programme import Speaker

register = template.Library()

# Pixels of an image per CSS pixel.
DENSITIES = (1, 2)
# Diacritics that an initial keeps. More would be drawn over the text around it.
MAX_COMBINING_MARKS = 2


@dataclass(frozen=True, slots=True)
class PictureSource:
    """The files of one media type: the one for density 1, and the srcset attribute with all of them."""

    type: str
    src: str
    srcset: str


@register.inclusion_tag("speakers/_portrait.html")
def portrait(speaker, size: int = 96, eager: bool = False) -> dict[str, object]:
    """Show a square portrait of this many CSS pixels, or the speaker's initials if there is none.

    eager is for the largest picture of the first screen. All others load when they come near the screen.
    """
    if not (speaker.portrait and speaker.portrait.renditions):
        return {"size": size, "initials": get_initials(speaker.name.resolve()[0])}
    return build_picture_context(speaker.portrait.renditions, speaker.portrait.alt or speaker.name, size, size, eager)


@register.inclusion_tag("speakers/_logo.html")
def logo(partner) -> dict[str, object]:
    """Show the logo of a partner at the size of its smallest file, or the partner's name if there is none."""
    if not partner.logo:
        return {"name": partner.name}
    smallest = min(partner.logo, key=lambda rendition: rendition.width)
    return build_picture_context(partner.logo, partner.name, smallest.width, smallest.height)


@register.filter
def speaker_country(speaker: Speaker) -> str:
    """Return the name of a speaker's country, or of an international organization that organizers have added.

    Empty for any other international organization, and if the speaker's own organization has the same name.
    """
    is_named = speaker.country not in ("", INTERNATIONAL_ORGANIZATION)
    name = get_country_name(speaker.country) if is_named else ""
    return "" if name == str(speaker.organization) else name


def build_picture_context(
    renditions: Sequence[ImageRendition], alt: LocalizedText, width: int, height: int, eager: bool = False
) -> dict[str, object]:
    *sources, fallback = build_sources(renditions, width)
    alt_text, language = alt.resolve()
    return {
        "sources": sources,
        "fallback": fallback,
        "alt": alt_text,
        "lang": language if language != get_language() else "",
        "width": width,
        "height": height,
        "eager": eager,
    }


def build_sources(renditions: Sequence[ImageRendition], width: int) -> list[PictureSource]:
    """Return a source for each media type, in the order of the renditions, for a place this many CSS pixels wide."""
    types = dict.fromkeys(rendition.type for rendition in renditions)
    return [build_source(media_type, renditions, width) for media_type in types]


def build_source(media_type: str, renditions: Sequence[ImageRendition], width: int) -> PictureSource:
    """Choose for each density the narrowest file that fills the place, or the widest file if none does."""
    paths = {rendition.width: rendition.path for rendition in renditions if rendition.type == media_type}
    chosen = sorted({min((w for w in paths if w >= density * width), default=max(paths)) for density in DENSITIES})
    urls = [settings.MEDIA_URL + paths[w] for w in chosen]
    candidates = [f"{url} {format_density(w, width)}" for url, w in zip(urls, chosen, strict=True)]
    return PictureSource(media_type, urls[0], ", ".join(candidates))


def format_density(image_width: int, width: int) -> str:
    """Return the pixel density descriptor of an image in a place of this width: 1x, 1.5x."""
    return f"{max(1, round(image_width / width, 2)):g}x"


def get_initials(name: str) -> str:
    """Return the initials of the first and the last word: "Phạm Bình Minh" is PM; "" if there are none."""
    words = unicodedata.normalize("NFC", name).split()
    initials = [initial for word in words if (initial := get_initial(word))]
    return "".join(initials[:1] + initials[1:][-1:])


def get_initial(word: str) -> str:
    """Return the initial of a word with at most two combining marks, as a capital if that is a single character."""
    position = next((i for i, char in enumerate(word) if char.isalpha()), None)
    if position is None:
        return ""
    following = word[position + 1 : position + 1 + MAX_COMBINING_MARKS]
    mark_count = next(
        (i for i, char in enumerate(following) if not unicodedata.category(char).startswith("M")), len(following)
    )
    capital = word[position].upper()
    return (capital if len(capital) == 1 else word[position]) + following[:mark_count]
