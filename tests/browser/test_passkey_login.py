"""Sign-in of an attendee with a passkey alone, in a browser with a virtual authenticator."""

import re

import pytest


@pytest.fixture
def page(browser, site):
    """A page with a virtual authenticator at localhost, because passkeys need a host name."""
    context = browser.new_context(base_url=site("before").replace("127.0.0.1", "localhost"), locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(30_000)
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    authenticator = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
    yield page
    context.close()


def register(page, email):
    page.goto("/register/")
    for name, text in {"email": email, "passport_name": "An", "badge_name": "An", "organization": "House"}.items():
        page.fill(f"#id_{name}", text)
    page.select_option("#id_country", "VN")
    page.check("input[name=category][value=observer]")
    page.locator(".day-question input[value=online]").first.check()
    page.check("#id_consent")
    page.locator("form#form .button-strong").click()
    page.locator("main a[href='/dev/outbox/']").click()
    with page.expect_navigation():
        page.get_by_role("row", name=email).get_by_role("link").first.click()
    code = re.search(r"\d{4}-\d{4}", page.locator("main").inner_text())[0]
    page.goto("/accounts/login/code/confirm/?next=/register/finish/")
    page.fill("#id_code", code)
    page.press("#id_code", "Enter")
    page.wait_for_url("**/my/")


def test_passkey_login_of_an_attendee_returns_to_the_page(page):
    register(page, "passkey@people.example")
    page.goto("/accounts/2fa/passkeys/add/")
    page.fill("#id_name", "Telephone")
    page.locator("form[data-passkey] button").click()
    page.wait_for_url(re.compile("/accounts/2fa/(codes/)?$"))
    page.goto("/accounts/logout/")
    with page.expect_navigation():
        page.locator("main form button").click()
    page.goto("/my/days/")
    page.locator("main a[href^='/accounts/login/passkey/']").click()
    page.locator("form[data-passkey] button").click()
    page.wait_for_url(re.compile(r"^http://localhost:\d+/my/days/$"))
    assert page.locator(".day-question").count() == 3
