"""An uploaded picture made into the small files that the site serves. Pure: bytes in, bytes out."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from . import validation

# Part of every digest. Raise it when sizes, crop or encoding change: what is at a path never changes.
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
    """A picture ready to be kept. The digest is of the pixels: the same picture sent twice has the same."""

    digest: str
    files: tuple[RenditionFile, ...]


@dataclass(frozen=True, slots=True)
class PictureSpec:
    """What a picture is for. Each side has at least `least` pixels; more than `enough` are never needed."""

    name: str
    least: int
    enough: int
    make_images: Callable[[Image.Image], list[Image.Image]]
    encodings: dict[str, dict]


def render_picture(data, kind):
    """Every rendition of the picture in these bytes. Raises ValidationError, in words for whoever uploads it."""
    images = kind.make_images(validation.decode_picture(data, least=kind.least, enough=kind.enough))
    digest = hash_image(kind, images[-1])
    files = (
        encode_rendition(digest, image, extension, options)
        for extension, options in kind.encodings.items()
        for image in images
    )
    return RenderedPicture(digest, tuple(files))


def make_portrait_images(image):
    """Squares, smallest first, never larger than the picture."""
    side = min(image.size)
    left = (image.width - side) // 2
    # Faces are above the middle: three quarters of what is too high are cut below.
    top = (image.height - side) // 4
    square = flatten_on_white(image.crop((left, top, left + side, top + side)))
    return [resize_image(square, (least, least)) for least in sorted({min(side, least) for least in PORTRAIT_SIDES})]


def make_logo_images(image):
    """The whole logo within each box, smallest first, never larger than it is."""
    return [resize_image(image, size) for size in sorted({fit_within(image.size, box) for box in LOGO_BOXES})]


def fit_within(size, box):
    scale = min(1, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def resize_image(image, size):
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def flatten_on_white(image):
    if image.mode == "RGB":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def hash_image(kind, image):
    head = f"{RENDITION_VERSION} {kind.name} {image.mode} {image.width}x{image.height} "
    return hashlib.sha256(head.encode() + image.tobytes()).hexdigest()


def encode_rendition(digest, image, extension, options):
    data = io.BytesIO()
    image.save(data, **options)
    path = f"pictures/{digest}/{image.width}.{extension}"
    return RenditionFile(path, MEDIA_TYPES[extension], image.width, image.height, data.getvalue())


PORTRAIT = PictureSpec(
    "portrait",
    least=200,
    enough=768,
    make_images=make_portrait_images,
    encodings={
        "avif": {"format": "AVIF", "quality": 60, "speed": 6},
        "webp": {"format": "WEBP", "quality": 78, "method": 6},
        "jpg": {"format": "JPEG", "quality": 80, "optimize": True, "progressive": True},
    },
)
LOGO = PictureSpec(
    "logo",
    least=20,
    enough=800,
    make_images=make_logo_images,
    encodings={
        "webp": {"format": "WEBP", "lossless": True, "method": 6},
        "png": {"format": "PNG", "optimize": True},
    },
)
