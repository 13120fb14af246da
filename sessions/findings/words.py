"""What the sentences of several rules share."""

from django.utils.translation import ngettext

FEW = 5


def listed(names, separator=", "):
    """“Ann, Binh, Chi, Dao, Em and 3 more”."""
    names = [str(name) for name in names]
    if len(names) <= FEW:
        return separator.join(names)
    words = {"names": separator.join(names[:FEW]), "n": len(names) - FEW}
    return ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", words["n"]) % words
