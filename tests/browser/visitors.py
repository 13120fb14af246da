"""Visitors to the site: pages in a browser, watched."""

from contextlib import ExitStack

from .page_catalogue import PAGES, STATUS, localized_path

HA_NOI = "Asia/Ho_Chi_Minh"
LOCALES = {"en": "en-GB", "vi": "vi-VN"}
# As if the visitor had come near every day of the agenda; what is not laid out yet has no measures.
FORCE_LAYOUT_SCRIPT = "document.querySelectorAll('.day').forEach((day) => (day.style.contentVisibility = 'visible'))"


class BrowserVisits(ExitStack):
    """Visitors who were never here before. Those of the same kind share what their browser remembers of the site."""

    def __init__(self, browser, site):
        super().__init__()
        self.browser, self.site, self.contexts = browser, site, {}

    def visitor(self, *, phase="shipped", language="en", width=1440, height=900, zone=HA_NOI, **more):
        """An empty page of somebody with this screen and clock, whose browser prefers this language."""
        kind = {
            "base_url": self.site(phase),
            "locale": LOCALES[language],
            "viewport": {"width": width, "height": height},
            "timezone_id": zone,
        } | more
        return watch_page(self.context(kind).new_page(), self.site(phase))

    def context(self, kind):
        key = repr(kind)
        if key not in self.contexts:
            self.contexts[key] = self.browser.new_context(**kind)
            self.contexts[key].set_default_timeout(30_000)
            self.callback(self.contexts[key].close)
        return self.contexts[key]

    def open_page(self, name, language="en", *, before=None, **more):
        """A page of tests.browser.pages, loaded, with its fonts; before(page) is done first."""
        phase, path = PAGES[name]
        page = self.visitor(phase=phase, language=language, **more)
        if before:
            before(page)
        response = page.goto(localized_path(path, language))
        assert response.status == STATUS.get(name, 200)
        page.evaluate("document.fonts.ready.then(() => true)")
        return page


def watch_page(page, home):
    """The page, with page.complaints (errors of any kind, as sentences) and page.asked (each request) added to it."""
    page.complaints, page.asked = [], []

    def on_message(message):
        # That there is no page at an address is what some tests ask for.
        if message.type in ("error", "warning") and message.location["url"] != page.url:
            page.complaints.append(f"console: {message.text}")

    def on_request(request):
        page.asked.append(request)
        if not request.url.startswith((home + "/", "data:")):
            page.complaints.append(f"asked somebody else: {request.url}")

    def on_response(response):
        if response.status >= 400 and not response.request.is_navigation_request():
            page.complaints.append(f"{response.status}: {response.url}")

    page.on("console", on_message)
    page.on("pageerror", lambda error: page.complaints.append(f"script: {error}"))
    page.on("request", on_request)
    page.on("response", on_response)
    page.on("requestfailed", lambda request: page.complaints.append(f"{request.failure}: {request.url}"))
    return page
