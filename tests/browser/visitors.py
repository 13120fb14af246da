"""Browser pages of visitors, with their requests and errors recorded."""

from contextlib import ExitStack

from .page_catalogue import PAGES, STATUS, localized_path

HA_NOI = "Asia/Ho_Chi_Minh"
LOCALES = {"en": "en-GB", "vi": "vi-VN"}


class BrowserVisits(ExitStack):
    """Pages of first-time visitors. Visitors with the same settings share a browser context and its cache."""

    def __init__(self, browser, site):
        super().__init__()
        self.browser, self.site, self.contexts = browser, site, {}

    def visitor(self, *, phase="shipped", language="en", width=1440, height=900, zone=HA_NOI, **more):
        """Return an empty page with this viewport, time zone and browser language."""
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
        """Return a loaded page of the page catalogue with its fonts; before(page) is called before it loads."""
        phase, path = PAGES[name]
        page = self.visitor(phase=phase, language=language, **more)
        if before:
            before(page)
        response = page.goto(localized_path(path, language))
        assert response.status == STATUS.get(name, 200)
        page.evaluate("document.fonts.ready.then(() => true)")
        return page


def watch_page(page, home):
    """Record errors of any kind in page.problems and requests in page.requests; return the page."""
    page.problems, page.requests = [], []

    def on_message(message):
        # Some tests request missing pages on purpose.
        if message.type in ("error", "warning") and message.location["url"] != page.url:
            page.problems.append(f"console: {message.text}")

    def on_request(request):
        page.requests.append(request)
        if not request.url.startswith((home + "/", "data:")):
            page.problems.append(f"request to another site: {request.url}")

    def on_response(response):
        if response.status >= 400 and not response.request.is_navigation_request():
            page.problems.append(f"{response.status}: {response.url}")

    page.on("console", on_message)
    page.on("pageerror", lambda error: page.problems.append(f"script: {error}"))
    page.on("request", on_request)
    page.on("response", on_response)
    page.on("requestfailed", lambda request: page.problems.append(f"{request.failure}: {request.url}"))
    return page
