"""Validation of uploaded pictures. Pure functions from bytes to an upright sRGB image.

Only the pixels are kept: place, author, comments, colour profile and appended data are dropped. A rejected picture
raises ValidationError with a message that says what to do. Pictures that would take more than about a second or 200 MB
to decode are rejected by their header, before they are decoded.
"""

import io
import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, UnidentifiedImageError

MAX_BYTES = 10_000_000
FORMATS = ("JPEG", "PNG", "WEBP")

# Pixels. A baseline JPEG is reduced while it is decoded. A progressive JPEG or a PNG is decoded at full size, and
# libwebp keeps three copies.
MAX_PIXELS = {"JPEG": 50_000_000, "JPEG in scans": 16_000_000, "PNG": 7_000_000, "WEBP": 4_000_000}

# Far above ordinary files: encoders write about ten scans, cameras a few dozen segments, and a large PNG has about a
# thousand chunks of 8 kB. Malicious files with millions of them keep a decoder busy for minutes.
MAX_SCANS, MAX_SEGMENTS, MAX_PADDING, MAX_CHUNKS = 30, 1000, 4096, 20_000

# Orientation of the camera in EXIF, and the transposition that turns the picture upright for each value.
ORIENTATION_TAG = 0x0112
TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# A JPEG marker with a length: no stuffed or fill byte, no TEM, no restart marker.
SEGMENT_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)
START_OF_SCAN, END_OF_IMAGE = b"\xda", b"\xd9"

ERROR_MESSAGES = {
    "not_a_picture": _("This file is not a JPEG, PNG or WebP picture. Save it in one of these formats and try again."),
    "damaged": _("This picture is damaged or incomplete. Open it, save it as a new file and try again."),
    "too_heavy": _("This file is larger than 10 MB. Save a smaller copy, about 1000 pixels wide, and try again."),
    "too_large": _("This picture has too many pixels. Save a smaller copy, about 1000 pixels wide, and try again."),
    "moving": _("Animated images are not supported."),
    "too_small": _("This picture is too small: each side must have at least %(least)d pixels. Choose a larger one."),
}


def make_validation_error(code: str, **params: int) -> ValidationError:
    return ValidationError(ERROR_MESSAGES[code], code=code, params=params or None)


def decode_picture(data: bytes, *, min_side: int, sufficient_side: int) -> Image.Image:
    """Return the uploaded picture as an upright RGB or RGBA image without metadata.

    min_side is the shortest side that is accepted, in pixels. A larger picture may be reduced until its shorter side
    has sufficient_side pixels. Raises ValidationError.
    """
    if len(data) > MAX_BYTES:
        raise make_validation_error("too_heavy")
    image = open_image(data)
    check_dimensions(image, data, min_side)
    try:
        verify_checksums(data)
        return apply_orientation(
            convert_to_srgb(shrink_image(load_pixels(image, sufficient_side), sufficient_side)), image
        )
    except Exception as error:
        raise make_validation_error("damaged") from error


def open_image(data: bytes) -> Image.Image:
    """Return the image with its header read and its pixels not decoded."""
    if is_too_complex(data):
        raise make_validation_error("damaged")
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise make_validation_error("too_large") from error
    except UnidentifiedImageError as error:
        raise make_validation_error("not_a_picture") from error
    # Malicious files make decoders raise almost anything: SyntaxError, struct.error, KeyError, MemoryError.
    except Exception as error:
        raise make_validation_error("damaged") from error


def check_dimensions(image: Image.Image, data: bytes, min_side: int) -> None:
    """Raise ValidationError for an image that is too large, too small or animated."""
    if image.width * image.height > get_pixel_limit(image, data):
        raise make_validation_error("too_large")
    if min(image.size) < min_side:
        raise make_validation_error("too_small", least=min_side)
    # JPEG files of phones may have a second frame (depth, brightness), which makes them MPO. The first is the picture.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise make_validation_error("moving")


def get_pixel_limit(image: Image.Image, data: bytes) -> int:
    if image.format in ("JPEG", "MPO"):
        return MAX_PIXELS["JPEG in scans" if count_jpeg_scans(data) > 1 else "JPEG"]
    return MAX_PIXELS[image.format]


def is_too_complex(data: bytes) -> bool:
    if data.startswith(b"\xff\xd8"):
        return not 1 <= count_jpeg_scans(data) <= MAX_SCANS
    return data.startswith(b"\x89PNG") and count_png_chunks(data) > MAX_CHUNKS


def count_jpeg_scans(data: bytes) -> int:
    """Return the number of scans of a JPEG; 0 if there is none before too many segments or too much padding."""
    position, segments, padding, scans = 2, 0, 0, 0
    while (marker := SEGMENT_MARKER.search(data, position)) and marker[1] != END_OF_IMAGE and scans <= MAX_SCANS:
        padding += 0 if scans else marker.start() - position
        segments += 1
        if segments > MAX_SEGMENTS or padding > MAX_PADDING:
            return 0
        scans += marker[1] == START_OF_SCAN
        position = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2])
    return scans


def count_png_chunks(data: bytes) -> int:
    position, chunks = 8, 0
    while position < len(data) and chunks <= MAX_CHUNKS:
        position += 12 + int.from_bytes(data[position : position + 4])
        chunks += 1
    return chunks


def verify_checksums(data: bytes) -> None:
    """Verify the checksums of a PNG, which decoding does not do. The other formats have none."""
    if data.startswith(b"\x89PNG"):
        Image.open(io.BytesIO(data), formats=["PNG"]).verify()


def load_pixels(image: Image.Image, sufficient_side: int) -> Image.Image:
    image.draft(None, (sufficient_side, sufficient_side))
    image.load()
    return image


def shrink_image(image: Image.Image, sufficient_side: int) -> Image.Image:
    """Return the image as RGB, RGBA, L or CMYK, its shorter side reduced to sufficient_side pixels."""
    image = convert_mode(image)
    if min(image.size) <= sufficient_side:
        return image
    size = [max(1, round(side * sufficient_side / min(image.size))) for side in image.size]
    small = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    small.info = image.info
    return small


def convert_mode(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        # Pillow clips 16-bit values at 255 instead of scaling them.
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def convert_to_srgb(image: Image.Image) -> Image.Image:
    """Return the image as RGB or RGBA in sRGB. A colour profile that is broken or for another mode is ignored."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha else image
    try:
        profile = io.BytesIO(image.info["icc_profile"])
        colours = ImageCms.profileToProfile(colours, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (KeyError, ImageCms.PyCMSError):
        colours = colours.convert("RGB")
    if alpha:
        colours.putalpha(alpha)
    return colours


def apply_orientation(image: Image.Image, source: Image.Image) -> Image.Image:
    """Return the image turned upright by the EXIF of its source, as a new image without metadata."""
    transposition = TRANSPOSITIONS.get(read_orientation(source))
    image = image.transpose(transposition) if transposition is not None else image
    return Image.frombytes(image.mode, image.size, image.tobytes())


def read_orientation(image: Image.Image) -> int | None:
    try:
        return image.getexif().get(ORIENTATION_TAG)
    # Broken EXIF is common, does not affect the pixels, and makes Pillow raise many kinds of exceptions.
    except Exception:
        return None
