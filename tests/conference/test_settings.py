"""What is set in the environment, where nothing else tries it."""

import pytest

from tests.reading_settings import settings_of


@pytest.mark.parametrize(
    ("environment", "keys"),
    [
        ({}, []),
        ({"SECRET_KEY_FALLBACKS": "a" * 50}, ["a" * 50]),
        ({"SECRET_KEY_FALLBACKS": f"{'a' * 50},{'b' * 50}"}, ["a" * 50, "b" * 50]),
        ({"SECRET_KEY_FALLBACKS": f" {'a' * 50}, {'b' * 50}, "}, ["a" * 50, "b" * 50]),
        ({"SECRET_KEY_FALLBACKS": ", "}, []),
    ],
)
def test_keys_from_before_are_kept_beside_the_new_one(environment, keys):
    assert settings_of("SECRET_KEY_FALLBACKS", environment) == str(keys)
