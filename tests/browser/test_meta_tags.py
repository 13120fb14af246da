"""What a tab, a list of results and a shared link say."""

TITLED = (
    "home, over",
    "agenda",
    "day",
    "session",
    "speakers",
    "speaker",
    "release",
    "about",
    "register, over",
    "not found",
)


def test_every_page_has_a_title_of_its_own(open_page):
    titles = [open_page(name).title() for name in TITLED]
    assert len(set(titles)) == len(TITLED)
    assert all(title.strip() == title and "\n" not in title for title in titles)


def test_picture_for_sharing_is_there(open_page):
    page = open_page("home, over")
    answer = page.request.get(page.locator("meta[property='og:image']").get_attribute("content"))
    assert answer.ok
    assert answer.headers["content-type"] == "image/png"
