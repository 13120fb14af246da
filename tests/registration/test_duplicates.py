"""Registrations that may be of one person."""

import itertools
import random
import time

import pytest

from conference.registration import duplicates
from conference.registration.duplicates import SAME_NAME, SIMILAR_NAME, NameFingerprint, find_pairs

from . import factories

_numbers = itertools.count()


def a_person(name, country="VN", organization=""):
    return NameFingerprint.from_values(next(_numbers), name, country, organization)


def why(one, two):
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
    ],
)
def test_the_same_name_and_country_is_pointed_out_however_it_is_spelled(one, two):
    assert why(a_person(one), a_person(two)) == SAME_NAME


def test_the_same_name_from_another_country_is_not():
    assert why(a_person("Kim Lee", "KR"), a_person("Kim Lee", "US")) is None


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Marita Sorheim", "Marita Soerheim"),
        ("Anna Petrova", "Ana Petrova"),
        ("Nguyen Linh", "Nguyen Thi Linh"),
        ("Kristin Lund", "Kristin Lunde"),
    ],
)
def test_a_similar_name_in_the_same_organization_is_pointed_out(one, two):
    assert why(a_person(one, "NO", "NUPI"), a_person(two, "VN", "nupi ")) == SIMILAR_NAME
    assert why(a_person(one, "NO", "NUPI"), a_person(two, "VN", "PRIO")) is None


@pytest.mark.parametrize(("one", "two"), [("Anna Petrova", "Ivan Petrov"), ("Linh", "Lan"), ("", ""), ("---", "***")])
def test_other_names_in_the_same_organization_are_not(one, two):
    assert why(a_person(one, "NO", "NUPI"), a_person(two, "VN", "NUPI")) is None


def test_nobody_without_an_organization_is_compared_by_it():
    assert why(a_person("Anna Petrova", "NO"), a_person("Ana Petrova", "VN")) is None


def test_ten_thousand_are_compared_in_a_second_or_two():
    chance = random.Random(1)
    syllables = ["nguyen", "tran", "le", "thi", "van", "linh", "minh", "anh", "kim", "maria", "garcia", "omar", "ali"]
    people = [
        NameFingerprint.from_values(
            number, " ".join(chance.sample(syllables, 3)) + str(chance.randrange(900)), "VN", f"O{number % 200}"
        )
        for number in range(10_000)
    ]
    start = time.process_time()
    find_pairs(people)
    assert time.process_time() - start < 3


@pytest.mark.django_db
def test_those_in_the_database_are_found_each_with_why(conference):
    linh = factories.make_registration(passport_name="Nguyen Thi Linh", organization="NUPI")
    same = factories.make_registration(passport_name="Linh Nguyễn Thị", organization="PRIO")
    similar = factories.make_registration(passport_name="Nguyen Linh", country="NO", organization="NUPI")
    other = factories.make_registration(passport_name="Tran Van Minh", organization="NUPI")
    assert duplicates.duplicates_of(linh) == [(same, SAME_NAME), (similar, SIMILAR_NAME)]
    assert duplicates.suspected_duplicate_ids() == {linh.pk, same.pk, similar.pk}
    assert duplicates.duplicates_of(other) == []


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 5])
def test_what_is_suspected_takes_one_query(conference, django_assert_num_queries, number):
    for _ in range(number):
        factories.make_registration()
    with django_assert_num_queries(1):
        duplicates.suspected_duplicate_ids()
