"""Names of speakers for sorting."""

from conference.core.i18n.text import normalize_for_search

# Countries whose names are written with the family name first, in English too.
FAMILY_NAME_FIRST = frozenset({"CN", "KH", "KP", "KR", "VN"})
# The most common Vietnamese family names, without diacritics. More than nine in ten people have one of them.
VIETNAMESE_FAMILY_NAMES = frozenset(
    """
    bui cao chu dang dao dinh do doan duong ha ho hoang huynh lam le luong luu ly mai ngo nguyen pham phan phung quach
    ta tang thai to ton tong tran trieu trinh truong vo vu vuong
    """.split()  # noqa: SIM905 - a list of forty strings is harder to read
)


def make_sort_name(name: str, country: str = "") -> str:
    """Return the name with the family name first: “Mlambo-Ngcuka, Phumzile”, “von der Leyen, Ursula”.

    Vietnamese names, and names of countries where the family name comes first, keep their order.
    """
    words = name.split()
    if len(words) < 2 or "," in name or country in FAMILY_NAME_FIRST or is_vietnamese(words, country):
        return " ".join(words)
    start = len(words) - 1
    # Particles in lower case belong to the family name.
    while start > 1 and words[start - 1].islower():
        start -= 1
    return f"{' '.join(words[start:])}, {' '.join(words[:start])}"


def is_vietnamese(words: list[str], country: str) -> bool:
    """Return whether a name starts with a Vietnamese family name, if the country is not known."""
    return not country and normalize_for_search(words[0]) in VIETNAMESE_FAMILY_NAMES
