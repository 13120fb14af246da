"""A picture that somebody uploads, decoded before it is believed. Pure: bytes in, an upright sRGB image out.

Whatever is in the file besides its pixels (place, author, comment, colour profile, anything appended) ends here. Each
refusal is a ValidationError that says what to do instead. A picture whose decoding would cost more than about a second
or 200 MB is refused by what its header says, before it is decoded.
"""

import io
import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, UnidentifiedImageError

MAX_BYTES = 10_000_000
FORMATS = ("JPEG", "PNG", "WEBP")

# Pixels. A plain JPEG is made small while it is decoded; one in several scans is kept whole until the last of them, as
# is a PNG; libwebp keeps three copies.
MAX_PIXELS = {"JPEG": 50_000_000, "JPEG in scans": 16_000_000, "PNG": 7_000_000, "WEBP": 4_000_000}

# Where honest files stay far below: an encoder writes about ten scans, a camera some dozen segments, a large PNG in
# chunks of 8 kB about a thousand of them. Files made of nothing else keep a decoder busy for minutes.
MAX_SCANS, MAX_SEGMENTS, MAX_PADDING, MAX_CHUNKS = 30, 1000, 4096, 20_000

# EXIF 0x0112 is how the camera was held; what turns the picture upright for each value.
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

# A JPEG marker that has a length: not a stuffed or filling byte, not TEM, not one of the restart markers.
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


def make_validation_error(code, **numbers):
    return ValidationError(ERROR_MESSAGES[code], code=code, params=numbers or None)


def decode_picture(data, *, least, enough):
    """The picture in these bytes as an upright RGB or RGBA image without metadata.

    It is refused where a side is shorter than least pixels. It may be made smaller, as long as no side gets shorter
    than enough; a picture smaller than that comes as it is. Raises ValidationError.
    """
    if len(data) > MAX_BYTES:
        raise make_validation_error("too_heavy")
    image = open_image(data)
    check_dimensions(image, data, least)
    try:
        verify_checksums(data)
        return apply_orientation(convert_to_srgb(shrink_image(load_pixels(image, enough), enough)), image)
    except Exception as error:
        raise make_validation_error("damaged") from error


def open_image(data):
    """The image, its header read and nothing else."""
    if is_too_complex(data):
        raise make_validation_error("damaged")
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise make_validation_error("too_large") from error
    except UnidentifiedImageError as error:
        raise make_validation_error("not_a_picture") from error
    # A decoder raises nearly anything at a file made to confuse it: SyntaxError, struct.error, KeyError, MemoryError.
    except Exception as error:
        raise make_validation_error("damaged") from error


def check_dimensions(image, data, least):
    if image.width * image.height > get_pixel_limit(image, data):
        raise make_validation_error("too_large")
    if min(image.size) < least:
        raise make_validation_error("too_small", least=least)
    # A phone's JPEG may carry a second frame (depth, brightness) and is then called MPO; the first is the picture.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise make_validation_error("moving")


def get_pixel_limit(image, data):
    if image.format in ("JPEG", "MPO"):
        return MAX_PIXELS["JPEG in scans" if count_jpeg_scans(data) > 1 else "JPEG"]
    return MAX_PIXELS[image.format]


def is_too_complex(data):
    if data.startswith(b"\xff\xd8"):
        return not 1 <= count_jpeg_scans(data) <= MAX_SCANS
    return data.startswith(b"\x89PNG") and count_png_chunks(data) > MAX_CHUNKS


def count_jpeg_scans(data):
    """How many times a JPEG goes over the whole picture; 0 where it never does or loses itself before."""
    place, segments, padding, scans = 2, 0, 0, 0
    while (found := SEGMENT_MARKER.search(data, place)) and found[1] != END_OF_IMAGE and scans <= MAX_SCANS:
        padding += 0 if scans else found.start() - place
        segments += 1
        if segments > MAX_SEGMENTS or padding > MAX_PADDING:
            return 0
        scans += found[1] == START_OF_SCAN
        place = found.end() + int.from_bytes(data[found.end() : found.end() + 2])
    return scans


def count_png_chunks(data):
    place, chunks = 8, 0
    while place < len(data) and chunks <= MAX_CHUNKS:
        place += 12 + int.from_bytes(data[place : place + 4])
        chunks += 1
    return chunks


def verify_checksums(data):
    """Compare a PNG's checksums, which decoding does not; the other formats have none."""
    if data.startswith(b"\x89PNG"):
        Image.open(io.BytesIO(data), formats=["PNG"]).verify()


def load_pixels(image, enough):
    image.draft(None, (enough, enough))
    image.load()
    return image


def shrink_image(image, enough):
    """As RGB, RGBA, L or CMYK, its shorter side reduced to enough pixels."""
    image = convert_mode(image)
    if min(image.size) <= enough:
        return image
    size = [max(1, round(side * enough / min(image.size))) for side in image.size]
    small = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    small.info = image.info
    return small


def convert_mode(image):
    if image.mode.startswith("I;16"):
        # Pillow would cut off what is brighter than 255 instead of scaling it.
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def convert_to_srgb(image):
    """As RGB or RGBA in sRGB; a colour profile that is broken or for another mode is as good as none."""
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


def apply_orientation(image, source):
    """Turned as the source's EXIF says, and with nothing left of the source but pixels."""
    turn = TRANSPOSITIONS.get(read_orientation(source))
    image = image.transpose(turn) if turn is not None else image
    return Image.frombytes(image.mode, image.size, image.tobytes())


def read_orientation(image):
    try:
        return image.getexif().get(ORIENTATION_TAG)
    # Broken EXIF is common, says nothing about the pixels, and fails in as many ways as there are to write it.
    except Exception:
        return None
