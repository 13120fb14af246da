"""Suspected duplicates of registrations."""

import itertools

import pytest

from conference.registration import duplicates
from conference.registration.duplicates import SAME_NAME, SIMILAR_NAME, NameFingerprint, find_pairs

from . import factories

keys = itertools.count()


def make_fingerprint(name, country="VN", organization=""):
    return NameFingerprint.from_values(next(keys), name, country, organization)


def match_reason(one, two):
    return find_pairs([one, two]).get(frozenset((one.key, two.key)))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Nguyễn Thị Linh", "NGUYEN THI LINH"),
        ("Nguyen Thi Linh", "Linh Nguyen Thi"),
        ("Đặng Thị Ngọc", "Dang Thi Ngoc"),
        ("Anne-Marie O'Neill", "Anne Marie O’Neill"),
        ("José García", "jose  garcia"),
        ("محمد علي", "محمد علي"),
        ("Anne-Marie O'Neill", "AnneMarie ONeill"),
        ("Le Thi Ngoc Anh", "Le Thi NgocAnh"),
        ("Łucja Wałęsa", "Walesa Lucja"),
        ("Sæunn Þórsdóttir", "Saeunn Thorsdottir"),
        ("Işıl Yıldız", "ISIL YILDIZ"),
    ],
)
def test_find_pairs_same_name_and_country_matches_all_spellings(one, two):
    assert match_reason(make_fingerprint(one), make_fingerprint(two)) == SAME_NAME


def test_find_pairs_same_name_in_other_country_does_not_match():
    assert match_reason(make_fingerprint("Kim Lee", "KR"), make_fingerprint("Kim Lee", "US")) is None


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Marita Sorheim", "Marita Soerheim"),
        ("Anna Petrova", "Ana Petrova"),
        ("Nguyen Linh", "Nguyen Thi Linh"),
        ("Kristin Lund", "Kristin Lunde"),
    ],
)
def test_find_pairs_similar_name_matches_in_same_organization_only(one, two):
    assert match_reason(make_fingerprint(one, "NO", "NUPI"), make_fingerprint(two, "VN", "nupi ")) == SIMILAR_NAME
    assert match_reason(make_fingerprint(one, "NO", "NUPI"), make_fingerprint(two, "VN", "PRIO")) is None


@pytest.mark.parametrize(("one", "two"), [("Anna Petrova", "Ivan Petrov"), ("Linh", "Lan"), ("", ""), ("---", "***")])
def test_find_pairs_other_names_in_organization_do_not_match(one, two):
    assert match_reason(make_fingerprint(one, "NO", "NUPI"), make_fingerprint(two, "VN", "NUPI")) is None


def test_find_pairs_empty_organization_does_not_match():
    assert match_reason(make_fingerprint("Anna Petrova", "NO"), make_fingerprint("Ana Petrova", "VN")) is None


def test_find_pairs_large_organization_matches_only_equal_names():
    number = duplicates.MAX_GROUP_SIZE - 1
    others = [make_fingerprint(f"Attendee {index:03}{index:03}", "VN", "NUPI") for index in range(number)]
    similar = [make_fingerprint("Anna Petrova", "NO", "NUPI"), make_fingerprint("Ana Petrova", "VN", "NUPI")]
    equal = [make_fingerprint("Linh Nguyen", "VN", "NUPI"), make_fingerprint("Nguyen Linh", "VN", "NUPI")]
    pairs = find_pairs(others + similar + equal)
    assert frozenset(person.key for person in equal) in pairs
    assert frozenset(person.key for person in similar) not in pairs


@pytest.mark.django_db
def test_duplicates_of_returns_matches_with_reason(conference):
    linh = factories.make_registration(passport_name="Nguyen Thi Linh", organization="NUPI")
    same = factories.make_registration(passport_name="Linh Nguyễn Thị", organization="PRIO")
    similar = factories.make_registration(passport_name="Nguyen Linh", country="NO", organization="NUPI")
    other = factories.make_registration(passport_name="Tran Van Minh", organization="NUPI")
    assert duplicates.duplicates_of(linh) == [(same, SAME_NAME), (similar, SIMILAR_NAME)]
    assert duplicates.suspected_duplicate_ids() == {linh.pk, same.pk, similar.pk}
    assert duplicates.duplicates_of(other) == []


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 5])
def test_suspected_duplicate_ids_uses_one_query(conference, django_assert_num_queries, number):
    for _ in range(number):
        factories.make_registration()
    with django_assert_num_queries(1):
        duplicates.suspected_duplicate_ids()
