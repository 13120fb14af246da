"""Badge batches: selection, order, rendering in parts, reprints, deletion of files."""

import datetime
import io

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from conference import site_data
from conference.registration import workflow
from conference.registration.badges import batches, files
from conference.registration.badges.batches import (
    continue_batches,
    create_batch,
    delete_expired_batches,
    print_badge,
    render_next_part,
    render_parts,
)
from conference.registration.badges.photos import delete_photo, save_photo
from conference.registration.badges.selection import (
    changed_since_print,
    not_yet_printed,
    sort_for_printing,
    with_badge,
)
from conference.registration.models import BadgeBatch, BadgeLayout, BadgePrint, Registration
from conference.registration.states import InvalidTransitionError
from conference.registration.tickets.issuance import get_or_issue_ticket, reissue_ticket
from conference.registration.tickets.replacement import void_tickets_of_days

from ..users import make_organizer
from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, make_category, make_registration, make_registration_settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(conference, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    make_registration_settings()
    site_data.refresh_site_data()


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(batches, "PART_SIZE", 2)


def make_batch(*registrations, **changes):
    values = {"layout": BadgeLayout.get_default(), "order": "name", "by": make_organizer()} | changes
    return create_batch(registrations, **values)


def finish(batch):
    render_parts(batch, seconds=60)
    batch.refresh_from_db()
    return batch


def read(batch):
    """The text of each front."""
    reader = PdfReader(io.BytesIO(files.get_file(batch).read_bytes()))
    return [" ".join(page.extract_text().split()) for page in reader.pages[::2]]


def keys(queryset):
    return set(queryset.values_list("pk", flat=True))


# Which badges


def test_with_badge_only_people_admitted_in_person():
    make_category()
    waiting = make_category(needs_approval=True)
    admitted = make_registration()
    make_registration(days={MONDAY: ONLINE})
    make_registration(category=waiting)
    workflow.cancel_registration(make_registration(), by=None)
    assert keys(with_badge(Registration.objects.all())) == {admitted.pk}


def test_not_yet_printed_leaves_out_rendered_badges_only():
    printed, queued = make_registration(), make_registration()
    print_badge(printed, BadgeLayout.get_default(), make_organizer())
    make_batch(queued)
    assert keys(not_yet_printed(Registration.objects.all())) == {queued.pk}


def change_name(registration):
    workflow.edit_details(registration, {"badge_name": "Linh Nguyen"}, by=registration.user)


def change_language(registration):
    workflow.edit_details(registration, {"email_language": "vi"}, by=registration.user)


def change_days(registration):
    workflow.change_days(registration, {MONDAY: None, TUESDAY: IN_PERSON}, by=registration.user)


def replace_ticket(registration):
    reissue_ticket(registration, registration.user)


def ask_for_sign(registration):
    needs = {"access": "", "diet": "", "show_on_badge": True}
    workflow.edit_details(registration, {}, by=registration.user, special_needs=needs)


def upload_photo(registration):
    save_photo(registration, b"jpeg")


def rename_category(registration):
    registration.category.name_en = "Press"
    registration.category.save()


CHANGES = {
    change_name: True,
    change_language: False,
    change_days: True,
    replace_ticket: True,
    ask_for_sign: True,
    upload_photo: True,
    rename_category: True,
}


@pytest.mark.parametrize(("change", "is_found"), CHANGES.items(), ids=lambda value: getattr(value, "__name__", value))
def test_changed_since_print_finds_what_is_on_the_badge(change, is_found):
    with time_machine.travel(timezone.now(), tick=True):
        registration = make_registration()
        print_badge(registration, BadgeLayout.get_default(), make_organizer())
        assert keys(changed_since_print(Registration.objects.all())) == set()
        change(registration)
    found = keys(changed_since_print(Registration.objects.all()))
    assert found == ({registration.pk} if is_found else set())


def test_changed_since_print_finds_a_deleted_photo():
    registration = make_registration()
    save_photo(registration, make_photo())
    print_badge(registration, BadgeLayout.get_default(), make_organizer())
    delete_photo(registration)
    assert keys(changed_since_print(Registration.objects.all())) == {registration.pk}


def make_photo():
    from conference.registration.badges.photos import render_photo

    from ..speakers.malicious_files import make_jpeg

    return render_photo(make_jpeg())


def test_changed_since_print_finds_a_void_ticket_without_a_new_one():
    registration = make_registration()
    get_or_issue_ticket(registration)
    print_badge(registration, BadgeLayout.get_default(), make_organizer())
    void_tickets_of_days([MONDAY], by=None)
    assert keys(changed_since_print(Registration.objects.all())) == {registration.pk}


def test_changed_since_print_is_empty_after_the_reprint():
    registration = make_registration()
    print_badge(registration, BadgeLayout.get_default(), make_organizer())
    change_name(registration)
    print_badge(registration, BadgeLayout.get_default(), make_organizer())
    assert keys(changed_since_print(Registration.objects.all())) == set()


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("name", ["Ánh", "Bình", "Zoe"]),
        ("organization", ["Zoe", "Ánh", "Bình"]),
        ("category", ["Bình", "Ánh", "Zoe"]),
    ],
)
def test_sort_for_printing(order, expected):
    first, second = make_category(order=1), make_category(order=2)
    make_registration(badge_name="Zoe", organization="Ärzte", category=second)
    make_registration(badge_name="Bình", organization="Bộ", category=first)
    make_registration(badge_name="Ánh", organization="bo", category=second)
    ordered = sort_for_printing(Registration.objects.all(), order)
    assert [entry.badge_name for entry in ordered] == expected


# Rendering


def test_batch_is_rendered_in_parts_and_merged_in_order(small_parts):
    people = [make_registration(badge_name=f"Person {letter}") for letter in "CABED"]
    batch = make_batch(*people)
    progress = []
    while render_next_part(batch):
        progress.append((batch.parts_done, batch.is_finished))
    assert progress == [(1, False), (2, False)]
    assert batch.is_finished
    names = [text.partition("Person ")[2][0] for text in read(batch)]
    assert names == ["C", "A", "B", "E", "D"]
    assert [path.name for path in files.get_folder(batch).iterdir()] == ["badges.pdf"]


def test_batch_numbers_reprints(small_parts):
    registration, other = make_registration(), make_registration()
    finish(make_batch(registration))
    batch = finish(make_batch(registration, other))
    assert list(registration.badge_prints.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert ["Reprint 1" in text for text in read(batch)] == [True, False]


def test_batch_claimed_by_another_process_is_not_rendered():
    batch = make_batch(make_registration())
    BadgeBatch.objects.update(claimed_until=timezone.now() + datetime.timedelta(minutes=1))
    assert render_next_part(batch) is False
    assert BadgePrint.objects.get().number is None
    BadgeBatch.objects.update(claimed_until=timezone.now() - datetime.timedelta(minutes=1))
    assert finish(batch).is_finished


def test_part_that_is_rendered_again_after_a_crash_keeps_its_numbers(monkeypatch):
    registration = make_registration()
    batch = make_batch(registration)

    def fail(*_args):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_private", fail)
        assert not finish(batch).is_finished
    assert finish(batch).is_finished
    assert registration.badge_prints.get().number == 1


def test_batch_whose_process_stops_after_the_merge_keeps_all_badges(small_parts):
    batch = make_batch(*(make_registration() for _ in range(3)))
    render_next_part(batch)
    files.write_part(batch, 1, batches.render_part(batch, 1))
    files.merge_parts(batch, 2)
    assert len(read(finish(batch))) == 3


def test_batch_of_one_part_is_tagged_and_of_several_has_title_and_language(small_parts):
    one, two = (finish(make_batch(*(make_registration() for _ in range(number)))) for number in (2, 3))
    tagged, merged = (PdfReader(io.BytesIO(files.get_file(batch).read_bytes())) for batch in (one, two))
    assert "/StructTreeRoot" in tagged.root_object
    for reader in (tagged, merged):
        assert reader.root_object["/Lang"] == "en"
        assert reader.metadata.title.startswith("Badges: ")


def test_batch_leaves_out_people_who_are_not_admitted_any_more(small_parts):
    stays, leaves = make_registration(badge_name="Stays"), make_registration(badge_name="Leaves")
    batch = make_batch(leaves, stays)
    workflow.cancel_registration(leaves, by=None)
    finish(batch)
    assert batch.number == 1
    assert ["Stays" in text for text in read(batch)] == [True]


def test_batch_without_any_person_left_has_no_file():
    registration = make_registration()
    batch = make_batch(registration)
    workflow.cancel_registration(registration, by=None)
    finish(batch)
    assert (batch.is_finished, batch.number, files.get_file(batch).exists()) == (True, 0, False)


def test_batch_issues_missing_tickets_and_keeps_valid_ones():
    with_ticket, without = make_registration(), make_registration()
    ticket = get_or_issue_ticket(with_ticket)
    finish(make_batch(with_ticket, without))
    assert with_ticket.tickets.get() == ticket
    assert without.tickets.count() == 1


def test_batch_needs_as_many_queries_for_more_people_without_tickets():
    def count(number):
        batch = make_batch(*(make_registration() for _ in range(number)))
        with CaptureQueriesContext(connection) as queries:
            batches.record_prints(batch, 0)
        return len(queries)

    assert count(5) == count(1)


def test_batch_prints_photos():
    registration = make_registration()
    save_photo(registration, make_photo())
    batch = finish(make_batch(registration))
    reader = PdfReader(io.BytesIO(files.get_file(batch).read_bytes()))
    assert len(reader.pages[0].images) == 1


def test_worker_finishes_batches():
    batch = make_batch(make_registration())
    continue_batches()
    batch.refresh_from_db()
    assert batch.is_finished


def test_print_badge_of_a_person_online_is_refused():
    with pytest.raises(InvalidTransitionError, match="admitted in person"):
        print_badge(make_registration(days={MONDAY: ONLINE}), BadgeLayout.get_default(), make_organizer())
    assert not BadgeBatch.objects.exists()


# Files


def test_files_are_private():
    batch = finish(make_batch(make_registration()))
    assert files.get_folder(batch).stat().st_mode & 0o777 == 0o700
    assert files.get_file(batch).stat().st_mode & 0o777 == 0o600


def test_files_are_deleted_after_a_day(django_capture_on_commit_callbacks):
    batch = finish(make_batch(make_registration()))
    delete_expired_batches()
    assert files.get_file(batch).exists()
    BadgeBatch.objects.update(created_at=timezone.now() - datetime.timedelta(hours=25))
    with django_capture_on_commit_callbacks(execute=True):
        delete_expired_batches()
    batch.refresh_from_db()
    assert batch.deleted_at
    assert not files.get_folder(batch).exists()
    assert BadgePrint.objects.count() == 1


def test_erasure_deletes_files_prints_and_photo(django_capture_on_commit_callbacks):
    erased, other = make_registration(), make_registration()
    save_photo(erased, make_photo())
    batch, unrelated = finish(make_batch(erased, other)), finish(make_batch(other))
    with django_capture_on_commit_callbacks(execute=True):
        workflow.erase_user(erased.user)
    assert not files.get_folder(batch).exists()
    assert files.get_file(unrelated).exists()
    assert set(BadgePrint.objects.values_list("registration", flat=True)) == {other.pk}


def test_folders_without_a_batch_are_deleted(tmp_path):
    orphan, foreign = tmp_path / "badges" / ("0" * 32), tmp_path / "badges" / "kept"
    orphan.mkdir(parents=True)
    foreign.mkdir()
    delete_expired_batches()
    assert not orphan.exists()
    assert foreign.exists()
