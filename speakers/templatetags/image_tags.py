"""Portraits and logos in a page, each in the smallest file that is sharp on the visitor's screen."""

import unicodedata
from dataclasses import dataclass

from django import template
from django.conf import settings
from django.utils.translation import get_language

register = template.Library()


@dataclass(frozen=True, slots=True)
class PictureSource:
    """One media type's offer: the path for an ordinary screen, and every path with its density."""

    type: str
    src: str
    srcset: str


@register.inclusion_tag("speakers/_portrait.html")
def portrait(speaker, size=96, at_once=False):
    """A square of this many pixels: the portrait, or where there is none the speaker's initials.

    at_once where it is the largest thing on the first screen: all others wait until they come near the screen, so that
    words come first.
    """
    if not (speaker.portrait and speaker.portrait.renditions):
        return {"size": size, "letters": get_initials(speaker.name.resolve()[0])}
    return build_picture_context(speaker.portrait.renditions, speaker.portrait.alt or speaker.name, size, size, at_once)


@register.inclusion_tag("speakers/_logo.html")
def logo(partner):
    """The logo at its smallest size, sharper files for finer screens; where there is none the partner's name."""
    if not partner.logo:
        return {"name": partner.name}
    smallest = min(partner.logo, key=lambda rendition: rendition.width)
    return build_picture_context(partner.logo, partner.name, smallest.width, smallest.height)


def build_picture_context(renditions, alt, width, height, at_once=False):
    *better, plain = build_sources(renditions, width)
    words, language = alt.resolve()
    return {
        "sources": better,
        "plain": plain,
        "alt": words,
        "lang": language if language != get_language() else "",
        "width": width,
        "height": height,
        "eager": at_once,
    }


def build_sources(renditions, width):
    """What to offer for a place this many pixels wide, one Source for each media type in the renditions' order.

    For each, and for densities 1 and 2: the narrowest file that fills the place; where none does, the widest there is.
    """
    kinds = dict.fromkeys(rendition.type for rendition in renditions)
    return [build_source(kind, renditions, width) for kind in kinds]


def build_source(kind, renditions, width):
    widths = {rendition.width: rendition.path for rendition in renditions if rendition.type == kind}
    wanted = [width, 2 * width]
    chosen = sorted({min((w for w in widths if w >= least), default=max(widths)) for least in wanted})
    addresses = [settings.MEDIA_URL + widths[w] for w in chosen]
    offers = [f"{address} {format_density(w, width)}" for address, w in zip(addresses, chosen, strict=True)]
    return PictureSource(kind, addresses[0], ", ".join(offers))


def format_density(wide, width):
    return f"{max(1, round(wide / width, 2)):g}x"


def get_initials(name):
    """The first letters of the first and the last word: "Phạm Bình Minh" is PM; "" where there is no letter at all."""
    words = [letter for word in unicodedata.normalize("NFC", name).split() if (letter := get_first_letter(word))]
    return "".join(words[:1] + words[1:][-1:])


def get_first_letter(word):
    """The first letter with at most two marks of its own, as a capital where that is one letter too."""
    place = next((place for place, character in enumerate(word) if character.isalpha()), None)
    if place is None:
        return ""
    marks = word[place + 1 : place + 3]
    kept = next((n for n, mark in enumerate(marks) if not unicodedata.category(mark).startswith("M")), len(marks))
    capital = word[place].upper()
    return (capital if len(capital) == 1 else word[place]) + marks[:kept]
