"""Titles and social images of public pages."""

NAMES = (
    "home, after",
    "agenda",
    "day",
    "session",
    "speakers",
    "speaker",
    "release",
    "about",
    "register, after",
    "not found",
)


def test_each_page_has_a_unique_title(open_page):
    titles = [open_page(name).title() for name in NAMES]
    assert len(set(titles)) == len(NAMES)
    assert all(title.strip() == title and "\n" not in title for title in titles)


def test_social_image_exists(open_page):
    page = open_page("home, after")
    answer = page.request.get(page.locator("meta[property='og:image']").get_attribute("content"))
    assert answer.ok
    assert answer.headers["content-type"] == "image/png"
