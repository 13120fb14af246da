"""What a browser has to say about a page while it shows it."""


def watch(page, home):
    """The page, with page.complaints (errors of any kind, as sentences) and page.asked (each request) added to it."""
    page.complaints, page.asked = [], []

    def on_message(message):
        # That an address is not found is the page's own answer, and what some tests ask for.
        if message.type in ("error", "warning") and "404 (Not Found)" not in message.text:
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
