"""On what terms one registers, as organizers have laid them down: whom they invite, the text to agree to, how letters
are worded. In memory, renewed within a second. What is taken and what is left changes all the time: see seats."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sessions.live import Live, rows_stamp

from .models import Category, Consent, LetterText

# Said of a category that is closed or gone since the form was shown.
NOT_ANY_MORE = _("This category cannot be chosen any more. Choose another one.")


@dataclass(frozen=True, slots=True)
class Terms:
    """Rows, which all who read them share and nobody changes.

    categories are those that are open, in order; consent is the newest text, None before there is one; wordings are the
    organizers' by kind of letter.
    """

    categories: tuple[Category, ...]
    consent: Consent | None
    wordings: dict[str, LetterText]


def _stamp():
    return rows_stamp({Category: "updated_at", Consent: "created_at", LetterText: "updated_at"})


def _load():
    return Terms(
        tuple(Category.objects.filter(is_open=True)),
        Consent.objects.first(),
        {wording.kind: wording for wording in LetterText.objects.all()},
    )


_terms = Live(_stamp, _load)


def terms() -> Terms:
    """Raises NotReady where the database never answered."""
    return _terms.get()


def renew():
    _terms.renew()
