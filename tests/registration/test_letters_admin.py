"""Letters at the organizers' desk: what became of them, sending them again, and how they are worded."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from conference.registration import posting
from conference.registration.kinds import KINDS, placeholders
from conference.registration.letters import own_wording, write, write_account_letter
from conference.registration.letters_admin import mistakes
from conference.registration.models import Letter, LetterText
from tests import cast
from tests.organizers import an_organizer, at_the_desk, complaints, queries, the_one_who_may_do_everything

from .cast import a_registration, an_attendee

pytestmark = pytest.mark.usefixtures("published")

LETTERS = "/admin/registration/letter/"
WORDINGS = "/admin/registration/lettertext/"
State = Letter.State


@pytest.fixture
def desk():
    return at_the_desk(the_one_who_may_do_everything())


@pytest.fixture
def letter():
    a_registration()
    return Letter.objects.get()


def allowed(*names):
    """An organizer at the desk with these permissions and no others."""
    organizer = an_organizer()
    organizer.user_permissions.set(Permission.objects.filter(codename__in=names))
    return at_the_desk(organizer)


def send_again(client, *letters):
    data = {"action": "send_again", "_selected_action": [letter.pk for letter in letters]}
    return client.post(LETTERS, data, follow=True)


# Letters


def test_list_says_to_whom_what_and_what_became_of_it(desk, letter):
    Letter.objects.update(state=State.FAILED, tries=3, error="550 no such mailbox")
    page = desk.get(LETTERS).text
    for words in (letter.to, "Confirmed", "Given up", "550 no such mailbox"):
        assert words in page


def test_list_is_narrowed_by_state_and_kind_and_searched_by_address(desk, letter):
    other = write("cancelled", a_registration())
    for query in (f"?kind={other.kind}", f"?q={other.to}"):
        page = desk.get(LETTERS + query).text
        assert f"{LETTERS}{other.pk}/" in page
        assert f"{LETTERS}{letter.pk}/" not in page
    assert "0 letters" in desk.get(f"{LETTERS}?state__exact=sent").text


def test_list_costs_as_much_for_many_letters_as_for_one(desk, letter):
    one = queries(desk, LETTERS)
    for _ in range(9):
        write("changed", letter.registration)
    assert queries(desk, LETTERS) == one


def test_letter_shows_its_text_its_html_without_links_and_its_file(desk, letter):
    page = desk.get(f"{LETTERS}{letter.pk}/change/").text
    assert "We are glad to confirm your place" in page
    assert "BEGIN:VCALENDAR" in page
    assert 'href="http://127.0.0.1:8000/my/"' not in page


def test_hostile_letter_is_text_at_the_desk(desk, letter):
    Letter.objects.update(
        subject=cast.HOSTILE,
        text=cast.HOSTILE,
        html="<p onclick=x><img src=x><script>alert(1)</script></p>",
        error="<b>",
    )
    for page in (LETTERS, f"{LETTERS}{letter.pk}/change/"):
        assert not re.search(r'<script>alert|<img src="?x|onclick=x', desk.get(page).text)


def test_code_is_not_shown(desk):
    letter = write_account_letter(
        "a@example.org",
        "A code",
        "It is 12345678.",
        "<p>12345678</p>",
        user=an_attendee(),
        language="en",
        is_secret=True,
    )
    page = desk.get(f"{LETTERS}{letter.pk}/change/").text
    assert "12345678" not in page
    assert "It holds a code" in page


@pytest.mark.parametrize("page", ["add/", "{}/delete/"])
def test_letters_are_neither_written_nor_deleted_at_the_desk(desk, letter, page):
    assert desk.post(LETTERS + page.format(letter.pk), {"post": "yes"}).status_code == 403
    assert Letter.objects.count() == 1


def test_letter_is_not_changed_at_the_desk(desk, letter):
    desk.post(f"{LETTERS}{letter.pk}/change/", {"to": "evil@evil.example"})
    assert Letter.objects.get().to == letter.to


def test_letters_that_were_sent_or_given_up_are_sent_again(desk, letter):
    posting.send_due()
    failed = write("cancelled", letter.registration)
    Letter.objects.filter(pk=failed.pk).update(state=State.FAILED)
    assert "2 letters are sent again." in send_again(desk, letter, failed).text
    assert set(Letter.objects.values_list("state", flat=True)) == {State.QUEUED}


def test_letter_that_still_waits_is_not_sent_again(desk, letter):
    page = send_again(desk, letter).text
    assert "1 letter is not" in page
    assert Letter.objects.get().message_id == letter.message_id


def test_who_may_only_look_cannot_send_again(letter):
    posting.send_due()
    client = allowed("view_letter")
    assert client.get(LETTERS).status_code == 200
    assert "Send again" not in client.get(LETTERS).text
    send_again(client, letter)
    assert Letter.objects.get().state == State.SENT


def test_who_may_resend_does_not_need_more(letter):
    posting.send_due()
    send_again(allowed("view_letter", "resend"), letter)
    assert Letter.objects.get().state == State.QUEUED


def test_letters_are_nobody_elses_to_read(letter):
    client = allowed("view_session")
    assert client.get(LETTERS).status_code == 403
    assert client.get(f"{LETTERS}{letter.pk}/change/").status_code == 403


@pytest.mark.parametrize("query", ["?kind=x", "?state__exact=x", "?q=%00", "?p=9999", "?e=1", "?o=9.9"])
def test_strange_questions_to_the_list_are_no_errors(desk, letter, query):
    assert desk.get(LETTERS + query).status_code < 500


# Wordings


@pytest.fixture
def wording(desk):
    """The row about letters of confirmation, made by the first look at the list."""
    desk.get(WORDINGS)
    return LetterText.objects.get(kind="confirmed")


def page_of(wording):
    return reverse("admin:registration_lettertext_change", args=[wording.pk])


def typed(client, wording, **changes):
    """What a browser would send of the form, with changes."""
    form = client.get(page_of(wording)).context["adminform"].form
    token = client.get(page_of(wording)).context["token"]
    return (
        {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields} | {"token": token} | changes
    )


def save(client, wording, **changes):
    return client.post(page_of(wording), typed(client, wording, **changes), follow=True)


def preview(client, wording, **changes):
    return client.post(f"{WORDINGS}{wording.pk}/preview/", typed(client, wording, **changes))


def test_there_is_a_row_for_each_kind(desk):
    page = desk.get(WORDINGS).text
    assert {row.kind for row in LetterText.objects.all()} == KINDS.keys()
    assert "A seat is offered" in page
    desk.get(WORDINGS)
    assert LetterText.objects.count() == len(KINDS)


def test_form_begins_with_the_sites_own_words(desk, wording):
    shown = typed(desk, wording)
    assert (shown["subject_en"], shown["body_en"]) == own_wording("confirmed", "en")
    assert (shown["subject_vi"], shown["body_vi"]) == own_wording("confirmed", "vi")


def test_saving_the_sites_own_words_keeps_them_the_sites(desk, wording):
    save(desk, wording)
    wording.refresh_from_db()
    assert (wording.subject_en, wording.body_en, wording.subject_vi, wording.body_vi) == ("", "", "", "")


def test_organizers_words_are_kept_and_used(desk, wording):
    save(desk, wording, subject_en="Welcome, {name}")
    assert write("confirmed", a_registration()).subject == "Welcome, Linh"
    assert "yours" in desk.get(WORDINGS).text


def test_back_to_the_sites_own_wording_with_one_click(desk, wording):
    save(desk, wording, subject_en="Welcome", body_vi="Chào")
    save(desk, wording, subject_en="Something {broken}", _own_wording="1")
    wording.refresh_from_db()
    assert (wording.subject_en, wording.body_vi) == ("", "")


def test_emptied_words_are_the_sites_again(desk, wording):
    save(desk, wording, subject_en="Welcome")
    save(desk, wording, subject_en="")
    wording.refresh_from_db()
    assert wording.subject_en == ""


@pytest.mark.parametrize("found", ["{nam}", "{name.__class__}", "{name.__init__.__globals__}", "{ name }", "{0}", "{}"])
def test_what_cannot_be_filled_in_is_refused_and_what_can_is_named(desk, wording, found):
    response = save(desk, wording, body_en=f"Hello {found}.")
    [message] = complaints(response)["body_en"]
    assert found in message
    assert "{name}, {conference}" in message
    assert f"Hello {found}." in response.text
    wording.refresh_from_db()
    assert wording.body_en == ""


def test_what_belongs_to_another_kind_of_letter_is_refused(desk, wording):
    assert "body_en" in complaints(save(desk, wording, body_en="Until {deadline}."))


def test_name_is_refused_as_where_a_link_leads():
    [message] = mistakes("confirmed", "[x](https://a.example/{name})")
    assert "{name} is no address" in message
    assert not list(mistakes("confirmed", "[x]({my_link}) {name}"))


@pytest.mark.parametrize("kind", KINDS)
def test_sites_own_words_are_accepted_by_the_form(kind):
    for language in ("en", "vi"):
        assert not list(mistakes(kind, "\n".join(own_wording(kind, language))))


@pytest.mark.parametrize("kind", KINDS)
def test_form_lists_what_can_be_filled_in(desk, wording, kind):
    page = desk.get(page_of(LetterText.objects.get(kind=kind))).text
    for name in placeholders(kind):
        assert f"<code>{{{name}}}</code>" in page


@pytest.mark.parametrize("kind", KINDS)
def test_preview_shows_both_languages_and_saves_nothing(desk, wording, kind):
    row = LetterText.objects.get(kind=kind)
    page = preview(desk, row, subject_en="Only a try").text
    assert "Only a try" in page
    assert "Kính gửi" in page
    assert "{my_link}" in page
    row.refresh_from_db()
    assert row.subject_en == ""


def test_preview_makes_nothing_of_a_hostile_name(desk, wording):
    page = preview(desk, wording, body_en="Dear {name}\n\n<script>x</script> [x](javascript:alert(1))").text
    assert "evil.example" not in page
    assert not re.search(r"<script>x|<b>&quot;|javascript:alert\(1\)\"", page)


def test_preview_says_what_cannot_be_filled_in(desk, wording):
    assert "{nam} is nothing that can be filled in" in preview(desk, wording, body_en="Dear {nam}").text


def test_preview_is_asked_for_by_the_form_alone(desk, wording):
    assert desk.get(f"{WORDINGS}{wording.pk}/preview/").status_code == 405
    assert desk.post(f"{WORDINGS}999999/preview/").status_code == 404


def test_who_may_only_look_at_wordings_sees_no_preview(desk, wording):
    client = allowed("view_lettertext")
    assert client.get(page_of(wording)).status_code == 200
    assert client.post(f"{WORDINGS}{wording.pk}/preview/", {"body_en": "x"}).status_code == 403


def test_of_two_who_word_a_letter_at_once_the_second_is_told(desk, wording):
    theirs = typed(desk, wording, subject_en="Theirs")
    mine = typed(desk, wording, subject_en="Mine")
    desk.post(page_of(wording), theirs)
    response = desk.post(page_of(wording), mine)
    assert "somebody else has changed this" in response.text
    wording.refresh_from_db()
    assert wording.subject_en == "Theirs"


def test_wording_can_be_set_back_to_how_it_was(desk, wording):
    save(desk, wording, subject_en="First")
    save(desk, wording, subject_en="Second")
    history = desk.get(f"{WORDINGS}{wording.pk}/history/").text
    first = re.findall(rf"{WORDINGS}{wording.pk}/history/\d+/", history)[-1]
    token = desk.get(first).context["token"]
    desk.post(first, {"token": token})
    wording.refresh_from_db()
    assert wording.subject_en == "First"


@pytest.mark.parametrize("page", ["add/", "{}/delete/"])
def test_wordings_are_neither_added_nor_deleted(desk, wording, page):
    assert desk.post(WORDINGS + page.format(wording.pk), {"post": "yes"}).status_code == 403
