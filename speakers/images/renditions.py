"""Rendering of an uploaded picture as the small files that the site serves. Pure functions on bytes."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from . import validation

# Part of every digest. Increase it when sizes, crop or encoding change, because the file at a path never changes.
RENDITION_VERSION = 1

PORTRAIT_SIDES = (96, 192, 384)
LOGO_BOXES = ((200, 80), (400, 160))

MEDIA_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class RenditionFile:
    """One rendition: its path relative to the media root, media type, size in pixels, and bytes."""

    path: str
    type: str
    width: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class RenderedPicture:
    """A picture ready to be stored. The digest is that of its pixels, so that the same picture is stored once."""

    digest: str
    files: tuple[RenditionFile, ...]


@dataclass(frozen=True, slots=True)
class PictureSpec:
    """Requirements and renditions of a kind of picture. Sides are in pixels.

    An upload needs min_side pixels on each side. It may be reduced to sufficient_side before it is rendered.
    """

    name: str
    min_side: int
    sufficient_side: int
    make_images: Callable[[Image.Image], list[Image.Image]]
    encodings: dict[str, dict]


def render_picture(data: bytes, spec: PictureSpec) -> RenderedPicture:
    """Return all renditions of an uploaded picture. Raises ValidationError with a message for the user."""
    picture = validation.decode_picture(data, min_side=spec.min_side, sufficient_side=spec.sufficient_side)
    images = spec.make_images(picture)
    digest = hash_image(spec, images[-1])
    files = (
        encode_rendition(digest, image, extension, options)
        for extension, options in spec.encodings.items()
        for image in images
    )
    return RenderedPicture(digest, tuple(files))


def make_portrait_images(image: Image.Image) -> list[Image.Image]:
    """Return square images, smallest first, never larger than the picture."""
    side = min(image.size)
    left = (image.width - side) // 2
    # Faces are above the middle: cut a quarter of the excess height above and three quarters below.
    top = (image.height - side) // 4
    square = flatten_on_white(image.crop((left, top, left + side, top + side)))
    sides = sorted({min(side, target) for target in PORTRAIT_SIDES})
    return [resize_image(square, (side, side)) for side in sides]


def make_logo_images(image: Image.Image) -> list[Image.Image]:
    """Return the whole logo fitted into each box, smallest first, never enlarged."""
    return [resize_image(image, size) for size in sorted({fit_within(image.size, box) for box in LOGO_BOXES})]


def fit_within(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    scale = min(1, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def resize_image(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def flatten_on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    background = Image.new("RGB", image.size, "white")
    background.paste(image, mask=image.getchannel("A"))
    return background


def hash_image(spec: PictureSpec, image: Image.Image) -> str:
    head = f"{RENDITION_VERSION} {spec.name} {image.mode} {image.width}x{image.height} "
    return hashlib.sha256(head.encode() + image.tobytes()).hexdigest()


def encode_rendition(digest: str, image: Image.Image, extension: str, options: dict) -> RenditionFile:
    data = io.BytesIO()
    image.save(data, **options)
    path = f"pictures/{digest}/{image.width}.{extension}"
    return RenditionFile(path, MEDIA_TYPES[extension], image.width, image.height, data.getvalue())


PORTRAIT = PictureSpec(
    "portrait",
    min_side=200,
    sufficient_side=768,
    make_images=make_portrait_images,
    encodings={
        "avif": {"format": "AVIF", "quality": 60, "speed": 6},
        "webp": {"format": "WEBP", "quality": 78, "method": 6},
        "jpg": {"format": "JPEG", "quality": 80, "optimize": True, "progressive": True},
    },
)
LOGO = PictureSpec(
    "logo",
    min_side=20,
    sufficient_side=800,
    make_images=make_logo_images,
    encodings={
        "webp": {"format": "WEBP", "lossless": True, "method": 6},
        "png": {"format": "PNG", "optimize": True},
    },
)
