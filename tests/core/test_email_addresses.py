"""Canonical form of e-mail addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.core.email_addresses import canonical_email, email_key, unicode_email


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        (" Linh.Zero@Example.ORG ", "Linh.Zero@example.org"),
        ("linh.zero@example.org\u200b", "linh.zero@example.org"),
        ("\ufefflinh.zero@example.org", "linh.zero@example.org"),
        ("\u00a0linh\u00ad.zero@exam\u200bple.org\u202c", "linh.zero@example.org"),
        ("\u200elinh.zero@example.org\u200f\n", "linh.zero@example.org"),
        ("linh@example.org\u200c", "linh@example.org"),
        ("ｌｉｎｈ＠ｅｘａｍｐｌｅ．ｏｒｇ", "linh@example.org"),
        ("linh@example\u3002org", "linh@example.org"),
        ("linh@bücher.example", "linh@xn--bcher-kva.example"),
        ("linh@bu\u0308cher.example", "linh@xn--bcher-kva.example"),
        ("linh@XN--BCHER-KVA.example", "linh@xn--bcher-kva.example"),
        ("linh@straße.example", "linh@xn--strae-oqa.example"),
        ("linh@xn--strae-oqa.example", "linh@xn--strae-oqa.example"),
        ("linh@strasse.example", "linh@strasse.example"),
        ("linh@نامه\u200cای.example", "linh@xn--mgba3gch31f060k.example"),
        ("Straße@example.org", "Straße@example.org"),
        ("jose\u0301@example.org", "jos\u00e9@example.org"),
        ("\u212aim@people.example", "Kim@people.example"),
        ("linh@xn--\u00fc.example", "linh@xn--\u00fc.example"),
        ("\u200bnothing ", "nothing"),
        ("", ""),
        ("@", "@"),
        ("a@" + "b." * 500, "a@" + "b." * 500),
    ],
)
def test_canonical_email_of_all_spellings_of_one_mailbox_is_equal(typed, canonical):
    assert canonical_email(typed) == canonical


@pytest.mark.parametrize("typed", ["Linh@People.example", "LINH@PEOPLE.EXAMPLE", "ｌｉｎｈ@people.example\u200b"])
def test_email_key_ignores_case(typed):
    assert email_key(typed) == "linh@people.example"


def test_email_key_keeps_different_mailboxes_apart():
    assert email_key("straße@example.org") != email_key("strasse@example.org")
    assert email_key("linh@straße.example") != email_key("linh@strasse.example")


@given(st.text() | st.emails())
def test_canonical_email_of_any_text_is_stable(text):
    assert canonical_email(canonical_email(text)) == canonical_email(text)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("linh@xn--strae-oqa.example", "linh@straße.example"),
        ("linh@xn--a.example", "linh@xn--a.example"),
        ("no address", "no address"),
    ],
)
def test_unicode_email_decodes_the_domain(address, expected):
    assert unicode_email(address) == expected
