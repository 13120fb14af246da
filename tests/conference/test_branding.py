"""The icon and the share images are drawn from the published facts of the conference."""

import datetime
import re
from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image, ImageChops

from conference import branding
from conference.branding import MARGIN, SHARE_IMAGE_HEIGHT, SHARE_IMAGE_WIDTH, ShareImage

from .. import factories

ICONS = {
    "/icon.svg": ("image/svg+xml", b"<svg "),
    "/favicon.ico": ("image/x-icon", b"\0\0\1\0"),
    "/apple-touch-icon.png": ("image/png", b"\x89PNG"),
    "/apple-touch-icon-precomposed.png": ("image/png", b"\x89PNG"),
}
IMAGES = (*ICONS, "/share-image.png", "/vi/share-image.png")


def make_share_image(**texts):
    texts = {"initials": "PF", "subtitle": "", "name": "Peace Forum", "dates": "1 May", "city": "Hue"} | texts
    return ShareImage(organizers=texts.pop("organizers", ""), **texts)


def open_image(content):
    return Image.open(BytesIO(content))


def get_meta_tags(client, url):
    html = client.get(url).content.decode()
    return dict(re.findall(r'<meta property="(og:image[^"]*)" content="([^"]*)">', html))


def publish_changes(conference, **changes):
    factories.update(conference, **changes)
    factories.publish_release()


# The icon


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Women, Peace and Security, Ha Noi", "WP"),
        ("Summit", "S"),
        ("the peace forum", "TP"),
        ("2027 Peace Forum", "PF"),
        ("“Peace” and (Security)", "PS"),
        ("Đại hội Ẩm thực", "ĐẨ"),
        ("Конференция", "K"),
        ("ßtest", "S"),
        ("2027", ""),
        ("", ""),
    ],
)
def test_initials_are_those_of_the_first_two_capitalized_words(name, initials):
    assert branding.make_initials(name) == initials


@pytest.mark.parametrize("url", ICONS)
def test_icon_is_served_at_its_fixed_url(published, client, url):
    content_type, start = ICONS[url]
    response = client.get(url)
    assert (response.status_code, response.headers["Content-Type"]) == (200, content_type)
    assert response.content.startswith(start)


@pytest.mark.django_db
@pytest.mark.parametrize("url", ICONS)
def test_icon_without_a_conference_is_served(client, url):
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("url", ICONS)
def test_icon_follows_the_published_short_name(published, conference, client, url):
    before = client.get(url).content
    factories.update(conference, short_name_en="Forum")
    factories.reload_site()
    assert client.get(url).content == before
    factories.publish_release()
    assert client.get(url).content != before


@pytest.mark.parametrize("url", ["/", "/vi/programme/", "/nowhere/", "/accounts/email/", "/admin/"])
def test_pages_link_the_icon_with_its_version(published, admin_client, url):
    html = admin_client.get(url).content.decode()
    assert f'<link rel="icon" href="{branding.get_icon_url()}" type="image/svg+xml">' in html


def test_icon_url_changes_with_the_initials_only(published, conference):
    url = branding.get_icon_url()
    publish_changes(conference, city_en="Hue", short_name_en="World Parliament")
    assert branding.get_icon_url() == url
    publish_changes(conference, short_name_en="Peace Forum")
    assert branding.get_icon_url() != url


@pytest.mark.parametrize("initials", ["WP", "I", "ĐẨ", "WW", "ỊJ"])
def test_svg_icon_outlines_are_within_the_square(initials):
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", branding.make_outlines(initials, 32))]
    assert 0 < min(numbers) < max(numbers) < 32


def test_favicon_has_three_sizes():
    assert open_image(branding.render_favicon("PF")).info["sizes"] == {(16, 16), (32, 32), (48, 48)}


def test_touch_icon_is_opaque_and_180_pixels_wide():
    icon = open_image(branding.render_touch_icon("PF"))
    assert (icon.size, icon.mode) == ((180, 180), "RGB")


def test_icon_without_initials_is_a_plain_square():
    assert open_image(branding.render_touch_icon("")).getcolors(1) is not None


# The share image


def test_share_image_is_served_in_each_language(published, conference, client):
    publish_changes(conference, name_vi="Diễn đàn hòa bình")
    english, vietnamese = (client.get(url) for url in ("/share-image.png", "/vi/share-image.png"))
    assert english.headers["Content-Type"] == vietnamese.headers["Content-Type"] == "image/png"
    assert open_image(english.content).size == (1200, 630)
    assert english.content != vietnamese.content


@pytest.mark.parametrize("language", ["en", "vi"])
def test_meta_tags_describe_the_share_image(published, conference, client, settings, language):
    settings.SITE_URL = "https://conference.example"
    publish_changes(conference, name_vi="Diễn đàn hòa bình", city_vi="Hà Nội", subtitle_en="", subtitle_vi="")
    prefix = "" if language == "en" else f"/{language}"
    tags = get_meta_tags(client, f"{prefix}/programme/")
    name, dates, city = {
        "en": (conference.name_en, "7 to 9 December 2020", "Ha Noi"),
        "vi": ("Diễn đàn hòa bình", "Ngày 7–9 tháng 12 năm 2020", "Hà Nội"),
    }[language]
    assert re.fullmatch(rf"https://conference\.example{prefix}/share-image\.png\?v=[0-9a-f]{{10}}", tags["og:image"])
    assert tags["og:image:alt"] == f"{name} · {dates} · {city}"
    assert (tags["og:image:width"], tags["og:image:height"]) == ("1200", "630")


@pytest.mark.parametrize(
    "change",
    [
        {"name_en": "Another name"},
        {"subtitle_en": "International Forum"},
        {"city_en": "Hue"},
        {"organizers_en": "The host"},
        {"ends_on": datetime.date(2020, 12, 10)},
        {"short_name_en": "Forum"},
    ],
)
def test_published_change_gives_the_share_image_a_new_url(published, conference, client, change):
    before = get_meta_tags(client, "/")["og:image"], client.get("/share-image.png").content
    factories.update(conference, **change)
    factories.reload_site()
    assert get_meta_tags(client, "/")["og:image"] == before[0]
    factories.publish_release()
    after = get_meta_tags(client, "/")["og:image"], client.get("/share-image.png").content
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_other_published_change_leaves_the_share_image_as_it_is(published, conference, client):
    before = get_meta_tags(client, "/")["og:image"]
    factories.make_session()
    publish_changes(conference, venue_en="Opera house")
    assert get_meta_tags(client, "/")["og:image"] == before


LONGEST = {
    "words": {"subtitle": "Hội nghị " * 22, "name": "PHỤ NỮ Ở ĐỒNG BẰNG " * 10, "organizers": "Bộ Ngoại giao " * 21},
    "one word": {"subtitle": "W" * 200, "name": "W" * 200, "city": "W" * 100, "organizers": "W" * 300},
}


@pytest.mark.parametrize("texts", LONGEST.values(), ids=LONGEST)
def test_longest_texts_are_complete_and_within_the_margins(texts):
    image = make_share_image(**{name: text.strip() for name, text in texts.items()})
    blocks = [block for block, _x, _top in branding.lay_out(image)]
    drawn = "".join("".join(block.lines) for block in blocks).replace(" ", "")
    assert drawn.startswith(f"{image.subtitle}{image.name}{image.dates}·{image.city}".replace(" ", ""))
    picture = open_image(branding.render_share_image(image))
    difference = ImageChops.difference(picture, branding.draw_background()).getbbox()
    assert MARGIN <= difference[0] < difference[2] <= SHARE_IMAGE_WIDTH - MARGIN
    assert MARGIN <= difference[1] < difference[3] <= SHARE_IMAGE_HEIGHT - MARGIN


@pytest.mark.parametrize("texts", LONGEST.values(), ids=LONGEST)
def test_texts_of_a_share_image_do_not_overlap(texts):
    blocks = branding.lay_out(make_share_image(**texts))
    ends = [top + block.height for block, _x, top in blocks]
    assert all(end <= top for end, (_block, _x, top) in zip(ends, blocks[1:], strict=False))


def test_share_image_names_the_organizers_where_they_fit():
    *_others, (organizers, _x, _top) = branding.lay_out(make_share_image(organizers="Ministry of Foreign Affairs"))
    assert organizers.lines == ("Ministry of Foreign Affairs",)


@pytest.mark.parametrize("name", ["Forum", "PEACE " * 33])
def test_share_image_without_room_leaves_the_organizers_out(name):
    organizers = "Ministry " * (30 if name == "Forum" else 12)
    *_others, (block, _x, _top) = branding.lay_out(make_share_image(name=name, organizers=organizers))
    assert block.lines == ()


def test_share_image_uses_a_font_that_has_the_letters():
    assert branding.select_font("Phụ nữ, hòa bình và an ninh") == branding.LATIN_BOLD_FONT
    assert branding.select_font("Мир") == branding.FALLBACK_FONTS[0]


# Both


@pytest.mark.parametrize("url", IMAGES)
def test_image_needs_no_query(published, client, url, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get(url)


@pytest.mark.parametrize("url", IMAGES)
def test_image_is_cached_and_revalidated_like_pages(published, client, url):
    image, page = client.get(f"{url}?v=1"), client.get("/programme/")
    assert image.headers["Cache-Control"] == page.headers["Cache-Control"]
    again = client.get(f"{url}?v=2", headers={"If-None-Match": image.headers["ETag"]})
    assert again.status_code == 304


def test_png_is_not_compressed_again(published, client):
    headers = {"Accept-Encoding": "br, gzip"}
    assert "Content-Encoding" not in client.get("/share-image.png", headers=headers).headers
    assert client.get("/icon.svg", headers=headers).headers["Content-Encoding"] == "br"


def test_share_image_before_the_first_release_shows_the_draft(conference, client):
    factories.reload_site()
    assert client.get(reverse("share_image")).status_code == 200
