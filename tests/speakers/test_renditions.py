import io
import re

import pytest
from django.template import Context, Template
from django.utils.translation import override
from PIL import Image

from conference.core.i18n.text import LocalizedText
from conference.core.images import ImageRendition
from conference.site_data import PartnerData
from sessions.programme import Portrait, Speaker
from speakers.images.renditions import LOGO, PORTRAIT, render_picture
from speakers.templatetags.speaker_tags import build_sources, get_initials

from .malicious_files import encode_image, make_image

PHOTOGRAPH = encode_image(make_image(900, 1200))


def open_image(file):
    return Image.open(io.BytesIO(file.data))


def describe_files(rendered):
    return [(file.path.rpartition("/")[2], file.type, file.width, file.height) for file in rendered.files]


def make_renditions(*widths, types=("image/avif", "image/webp", "image/jpeg")):
    return tuple(ImageRendition(f"{width}.{kind[6:]}", kind, width, width) for kind in types for width in widths)


def make_speaker(name="Phạm Bình Minh", portrait=None):
    texts = {field: LocalizedText() for field in ("honorific", "function", "organization", "biography")}
    return Speaker(
        id=None,
        slug="",
        name=LocalizedText({"en": name}),
        sort_name=name,
        country="",
        portrait=portrait,
        links=(),
        **texts,
    )


def render_tag(tag, **context):
    """Return the HTML of a template tag, with each run of white space as one space."""
    return " ".join(Template("{% load speaker_tags %}{% " + tag + " %}").render(Context(context)).split())


def test_portrait_has_three_sizes_in_three_formats():
    assert describe_files(render_picture(PHOTOGRAPH, PORTRAIT)) == [
        (f"{side}.{extension}", kind, side, side)
        for extension, kind in (("avif", "image/avif"), ("webp", "image/webp"), ("jpg", "image/jpeg"))
        for side in (96, 192, 384)
    ]


def test_portrait_is_never_enlarged():
    widths = {file.width for file in render_picture(encode_image(make_image(250, 400)), PORTRAIT).files}
    assert widths == {96, 192, 250}


@pytest.mark.parametrize("kind", [PORTRAIT, LOGO])
def test_rendition_file_has_its_stated_type_and_size(kind):
    for file in render_picture(PHOTOGRAPH, kind).files:
        image = open_image(file)
        assert (image.get_format_mimetype(), image.size) == (file.type, (file.width, file.height))


def test_portrait_files_are_small():
    heaviest = max(len(file.data) for file in render_picture(PHOTOGRAPH, PORTRAIT).files if file.width == 192)
    assert heaviest < 10_000


def test_portrait_crop_is_centred_horizontally_and_above_the_middle_vertically():
    tall = Image.new("RGB", (300, 400), "white")
    tall.paste("red", (0, 0, 300, 25))
    tall.paste("blue", (0, 325, 300, 400))
    wide = Image.new("RGB", (400, 300), "white")
    wide.paste("red", (0, 0, 50, 300))
    wide.paste("red", (350, 0, 400, 300))
    for image in (tall, wide):
        largest = render_picture(encode_image(image, "PNG"), PORTRAIT).files[-1]
        assert open_image(largest).convert("L").getextrema() == (255, 255)


def test_transparent_portrait_gets_a_white_background():
    image = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    assert open_image(render_picture(encode_image(image, "PNG"), PORTRAIT).files[-1]).getpixel((9, 9)) == (
        255,
        255,
        255,
    )


def test_logo_keeps_its_aspect_ratio_and_transparency():
    image = Image.new("RGBA", (1000, 300), (0, 0, 0, 0))
    image.paste((10, 20, 200, 255), (500, 0, 1000, 300))
    rendered = render_picture(encode_image(image, "PNG"), LOGO)
    assert describe_files(rendered) == [
        ("200.webp", "image/webp", 200, 60),
        ("400.webp", "image/webp", 400, 120),
        ("200.png", "image/png", 200, 60),
        ("400.png", "image/png", 400, 120),
    ]
    assert {open_image(file).getpixel((50, 50))[3] for file in rendered.files} == {0}
    assert {open_image(file).getpixel((190, 50)) for file in rendered.files if file.width == 200} == {
        (10, 20, 200, 255)
    }


@pytest.mark.parametrize(
    ("size", "sizes"),
    [
        ((300, 300), [(80, 80), (160, 160)]),
        ((100, 50), [(100, 50)]),
        ((300, 90), [(200, 60), (300, 90)]),
        ((2000, 20), [(200, 2), (400, 4)]),
    ],
)
def test_logo_fits_its_boxes_and_is_never_enlarged(size, sizes):
    files = render_picture(encode_image(make_image(*size), "PNG"), LOGO).files
    assert [(file.width, file.height) for file in files if file.type == "image/png"] == sizes


def test_rendition_path_contains_only_the_digest():
    rendered = render_picture(PHOTOGRAPH, PORTRAIT)
    assert re.fullmatch("[0-9a-f]{64}", rendered.digest)
    assert {file.path.rpartition("/")[0] for file in rendered.files} == {f"pictures/{rendered.digest}"}


def test_digest_differs_by_pixels_and_by_kind_of_picture():
    small = encode_image(make_image(300, 300), "PNG")
    other = encode_image(make_image(300, 300).rotate(180), "PNG")
    digests = {render_picture(data, kind).digest for data in (small, other) for kind in (PORTRAIT, LOGO)}
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("widths", "width", "srcset"),
    [
        ((96, 192, 384), 96, "/media/96.avif 1x, /media/192.avif 2x"),
        ((96, 192, 384), 192, "/media/192.avif 1x, /media/384.avif 2x"),
        ((96, 192, 384), 144, "/media/192.avif 1.33x, /media/384.avif 2.67x"),
        ((96, 192, 384), 384, "/media/384.avif 1x"),
        ((96, 192, 250), 192, "/media/192.avif 1x, /media/250.avif 1.3x"),
        ((96,), 192, "/media/96.avif 1x"),
    ],
)
def test_build_sources_chooses_the_narrowest_files_that_fill_the_place(widths, width, srcset):
    assert build_sources(make_renditions(*widths), width)[0].srcset == srcset


def test_build_sources_keeps_the_order_of_media_types():
    assert [source.type for source in build_sources(make_renditions(96), 96)] == [
        "image/avif",
        "image/webp",
        "image/jpeg",
    ]


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Phạm Bình Minh", "PM"),
        ("Phumzile Mlambo-Ngcuka", "PM"),
        ("Đỗ Hùng Việt", "ĐV"),
        ("Ân Éa", "ÂÉ"),
        ("A\u0302n E\u0301a", "ÂÉ"),
        ("østby ingrid", "ØI"),
        ("Björk", "B"),
        ("“Bobby” (Tables)", "BT"),
        ("Ana 🕊", "A"),
        ("🕊 Ana Ruiz 2nd 🕊", "AN"),
        ("王小明", "王"),
        ("ßen Ali", "ßA"),
        ("हिना कौर", "हिकौ"),
        ("x" + "\u0337" * 50, "X\u0337\u0337"),
        ("\u0301 \u200d", ""),
        ("🕊", ""),
        ("42", ""),
        ("   ", ""),
        ("", ""),
    ],
)
def test_get_initials_returns_initials_of_first_and_last_word(name, initials):
    assert get_initials(name) == initials


def test_portrait_tag_has_alt_text_and_size():
    portrait = Portrait(LocalizedText({"en": "Smiling & waving"}), make_renditions(96, 192, 384))
    assert render_tag("portrait speaker size=96", speaker=make_speaker(portrait=portrait)).strip() == (
        "<picture>"
        '<source type="image/avif" srcset="/media/96.avif 1x, /media/192.avif 2x">'
        '<source type="image/webp" srcset="/media/96.webp 1x, /media/192.webp 2x">'
        '<img class="portrait" src="/media/96.jpeg" srcset="/media/96.jpeg 1x, /media/192.jpeg 2x"'
        ' width="96" height="96" alt="Smiling &amp; waving" loading="lazy" decoding="async">'
        "</picture>"
    )


def test_portrait_tag_without_description_has_the_name_as_alt_text():
    html = render_tag("portrait speaker", speaker=make_speaker(portrait=Portrait(LocalizedText(), make_renditions(96))))
    assert ' alt="Phạm Bình Minh" ' in html


def test_portrait_tag_is_lazy_unless_eager():
    speaker = make_speaker(portrait=Portrait(LocalizedText(), make_renditions(96)))
    assert ' loading="lazy"' in render_tag("portrait speaker", speaker=speaker)
    assert " loading=" not in render_tag("portrait speaker eager=True", speaker=speaker)


def test_portrait_tag_marks_the_language_of_the_alt_text():
    with override("vi"):
        html = render_tag(
            "portrait speaker",
            speaker=make_speaker(portrait=Portrait(LocalizedText({"en": "Smiling"}), make_renditions(96))),
        )
    assert ' alt="Smiling" lang="en" ' in html


def test_portrait_tag_without_portrait_shows_initials_hidden_from_screen_readers():
    html = render_tag("portrait speaker size=48", speaker=make_speaker())
    assert html.startswith(
        '<svg class="portrait portrait-initials" width="48" height="48" viewBox="0 0 96 96" aria-hidden="true"'
    )
    assert ">PM</text>" in html


def test_portrait_tag_without_initials_shows_a_silhouette():
    html = render_tag("portrait speaker", speaker=make_speaker("🕊"))
    assert "<text" not in html
    assert "<path" in html


@pytest.mark.parametrize("name", ['<script> "x"', "Phạm Bình Minh", ""])
def test_portrait_tag_has_no_inline_style_script_or_handler(name):
    for portrait in (None, Portrait(LocalizedText({"en": '" onerror="x'}), make_renditions(96))):
        html = render_tag("portrait speaker", speaker=make_speaker(name, portrait))
        assert re.findall(r"<script| style=| on\w+=\"", html) == []


def test_logo_tag_has_the_size_of_its_smallest_file():
    files = tuple(
        ImageRendition(f"{w}.{kind}", f"image/{kind}", w, w // 2) for kind in ("webp", "png") for w in (100, 200)
    )
    assert render_tag("logo partner", partner=PartnerData(LocalizedText({"en": "UN Women"}), "", files)).strip() == (
        "<picture>"
        '<source type="image/webp" srcset="/media/100.webp 1x, /media/200.webp 2x">'
        '<img class="logo" src="/media/100.png" srcset="/media/100.png 1x, /media/200.png 2x" width="100" height="50"'
        ' alt="UN Women" loading="lazy" decoding="async">'
        "</picture>"
    )


def test_logo_tag_without_logo_shows_the_name():
    html = render_tag("logo partner", partner=PartnerData(LocalizedText({"en": "Ministry & Co"}), "", ()))
    assert html.strip() == '<span class="logo-name">Ministry &amp; Co</span>'
