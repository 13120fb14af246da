import io
import json
import subprocess
import sys

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, ImageCms, ImageOps, TiffImagePlugin

from speakers.images.renditions import LOGO, PORTRAIT, render_picture
from speakers.images.validation import MAX_BYTES, decode_picture

from . import malicious_files
from .malicious_files import encode_image, make_image, make_jpeg


def get_error_code(data, kind=PORTRAIT):
    with pytest.raises(ValidationError) as caught:
        render_picture(data, kind)
    return caught.value.code


def decode(data):
    return decode_picture(data, min_side=1, sufficient_side=1000)


def get_colour(image, place=(10, 10)):
    return image.getpixel(place)


def is_close(one, other, by=6):
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("name", malicious_files.NOT_PICTURES)
def test_file_of_another_format_is_rejected(name):
    assert get_error_code(malicious_files.NOT_PICTURES[name]()) == "not_a_picture"


@pytest.mark.parametrize("name", malicious_files.DAMAGED)
def test_damaged_picture_is_rejected(name):
    assert get_error_code(malicious_files.DAMAGED[name]()) == "damaged"


@pytest.mark.parametrize("name", malicious_files.TOO_LARGE)
def test_picture_with_too_many_pixels_is_rejected(name):
    assert get_error_code(malicious_files.TOO_LARGE[name]()) == "too_large"


@pytest.mark.parametrize("name", malicious_files.ANIMATED)
def test_animated_picture_is_rejected(name):
    assert get_error_code(malicious_files.ANIMATED[name]()) == "moving"


def test_file_over_ten_megabytes_is_rejected():
    assert get_error_code(make_jpeg().ljust(MAX_BYTES + 1)) == "too_heavy"


def test_portrait_below_200_pixels_is_rejected():
    assert (
        get_error_code(encode_image(make_image(199, 400)))
        == get_error_code(encode_image(make_image(400, 199)))
        == "too_small"
    )
    assert render_picture(encode_image(make_image(200, 200)), PORTRAIT).files


def test_logo_below_20_pixels_is_rejected():
    assert get_error_code(encode_image(make_image(300, 19), "PNG"), LOGO) == "too_small"
    assert render_picture(encode_image(make_image(60, 20), "PNG"), LOGO).files


def test_validation_error_says_what_to_do():
    with pytest.raises(ValidationError) as caught:
        render_picture(encode_image(make_image(100, 100)), PORTRAIT)
    assert caught.value.messages == [
        "This picture is too small: each side must have at least 200 pixels. Choose a larger one."
    ]


@pytest.mark.slow
def test_malicious_file_takes_at_most_two_seconds_and_200_megabytes(tmp_path):
    """Run in another process, because the memory of this one depends on earlier tests."""
    files = {
        name: build
        for group in (
            malicious_files.NOT_PICTURES,
            malicious_files.DAMAGED,
            malicious_files.TOO_LARGE,
            malicious_files.ANIMATED,
            malicious_files.EXPENSIVE,
        )
        for name, build in group.items()
    }
    for name, build in files.items():
        (tmp_path / name).write_bytes(build())
    ran = subprocess.run(
        [sys.executable, "-m", "tests.speakers.malicious_files", tmp_path], capture_output=True, check=True
    )
    costs = json.loads(ran.stdout)
    assert costs.keys() == files.keys()
    assert {name: cost for name, cost in costs.items() if cost["seconds"] > 2 or cost["megabytes"] > 200} == {}
    assert {name for name, cost in costs.items() if cost["answer"] == "accepted"} == malicious_files.EXPENSIVE.keys()


@pytest.mark.parametrize("orientation", range(10))
def test_exif_orientation_turns_the_picture_upright(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode_image(make_image(), "PNG", exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert decode(data).size == expected.size
    assert decode(data).tobytes() == expected.tobytes()


def test_metadata_does_not_change_the_renditions():
    exif = Image.Exif()
    exif[0x013B], exif[0x010E] = "An author", "A comment"
    exif.get_ifd(0x8825).update({1: "N", 2: (TiffImagePlugin.IFDRational(21), 1, 41), 3: "E"})
    with_metadata = make_jpeg(exif=exif, comment=b"Another comment", xmp=b"<x:xmpmeta/>")
    assert b"An author" in with_metadata
    assert render_picture(with_metadata, PORTRAIT) == render_picture(make_jpeg(), PORTRAIT)


def test_appended_data_does_not_change_the_renditions():
    assert render_picture(malicious_files.EXPENSIVE["JPEG with a page behind it"](), PORTRAIT) == render_picture(
        make_jpeg(), PORTRAIT
    )
    assert render_picture(
        malicious_files.EXPENSIVE["PNG with a text that says it is HTML"](), PORTRAIT
    ) == render_picture(encode_image(make_image(), "PNG"), PORTRAIT)


def test_renditions_have_no_metadata():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in (PORTRAIT, LOGO):
        for file in render_picture(encode_image(make_image(), "PNG", icc_profile=profile), kind).files:
            image = Image.open(io.BytesIO(file.data))
            image.load()
            assert image.info.keys() & {"exif", "icc_profile", "xmp", "comment", "Comment", "dpi"} == set()
            assert dict(image.getexif()) == {}


def test_broken_exif_or_profile_is_ignored():
    for name in ("JPEG with EXIF that loops", "JPEG with a broken colour profile"):
        assert render_picture(malicious_files.EXPENSIVE[name](), PORTRAIT) == render_picture(make_jpeg(), PORTRAIT)


def test_colour_profile_is_applied():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
    assert is_close(get_colour(decode(encode_image(make_image(), "PNG", icc_profile=profile))), (200, 30, 60))
    assert is_close(get_colour(decode(encode_image(make_image(), "PNG", icc_profile=swapped))), (30, 200, 60))


def test_colour_profile_keeps_transparency():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = make_image(mode="RGBA")
    image.putalpha(77)
    assert get_colour(decode(encode_image(image, "PNG", icc_profile=profile)))[3] == 77


def test_cmyk_picture_is_converted_to_rgb():
    image = decode(encode_image(Image.new("CMYK", (300, 300), (0, 255, 255, 0)), quality=95))
    assert image.mode == "RGB"
    assert is_close(get_colour(image), (255, 0, 0))


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_same_pixels_in_another_mode_give_the_same_renditions(mode):
    image = make_image(mode="L").convert("1").convert(mode)
    assert render_picture(encode_image(image, "PNG"), PORTRAIT) == render_picture(
        encode_image(image.convert("RGB"), "PNG"), PORTRAIT
    )


def test_sixteen_bit_samples_are_scaled_to_eight():
    deep = Image.new("I;16", (256, 256))
    deep.putdata([value * 257 for value in range(256)] * 256)
    assert get_colour(decode(encode_image(deep, "PNG")), (200, 9)) == (200, 200, 200)
    rgb = malicious_files.make_png(
        depth=16, colour=2, pixels=malicious_files.zlib.compress((b"\0" + b"\xc8\0\x1e\0\x3c\0" * 240) * 300)
    )
    assert get_colour(decode(rgb)) == (200, 30, 60)


def test_transparent_palette_colour_stays_transparent():
    image = Image.new("P", (300, 300), 1)
    image.putpalette([0, 0, 0, 200, 30, 60])
    image.paste(0, (0, 0, 150, 300))
    image_without_palette = decode(encode_image(image, "PNG", transparency=0))
    assert (get_colour(image_without_palette)[3], get_colour(image_without_palette, (200, 10))) == (
        0,
        (200, 30, 60, 255),
    )


def test_same_pixels_in_another_format_give_the_same_renditions():
    assert render_picture(encode_image(make_image(), "PNG"), PORTRAIT) == render_picture(
        encode_image(make_image(), "WEBP", lossless=True), PORTRAIT
    )


def test_second_frame_of_an_mpo_file_is_ignored():
    both = encode_image(make_image(), "MPO", save_all=True, append_images=[Image.new("RGB", (240, 300))])
    assert Image.open(io.BytesIO(both)).format == "MPO"
    assert render_picture(both, PORTRAIT) == render_picture(make_jpeg(), PORTRAIT)


def test_large_photograph_is_reduced_while_decoding():
    image = decode_picture(encode_image(make_image(4000, 3000)), min_side=200, sufficient_side=768)
    assert image.size == (1024, 768)
    assert is_close(get_colour(image), (200, 30, 60))
