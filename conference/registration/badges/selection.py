"""Which registrations get a badge, have none yet, or have changed since theirs was printed."""

from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from conference.core.i18n.text import normalize_for_search

from ..formatting import conference_days
from ..models import BadgeBatch, BadgePhoto, BadgePrint, Registration, Seat, Ticket
from .content import build_content, has_badge, with_badge_data


def with_badge(registrations: QuerySet[Registration]) -> QuerySet[Registration]:
    """Return the admitted registrations with a confirmed seat in person, as in Registration.check_admission()."""
    seats = Seat.objects.confirmed_in_person().filter(registration=OuterRef("pk"), day__in=conference_days())
    return registrations.admitted().filter(Exists(seats))


def not_yet_printed(registrations: QuerySet[Registration]) -> QuerySet[Registration]:
    return with_badge(registrations).exclude(
        Exists(BadgePrint.objects.filter(registration=OuterRef("pk"), at__isnull=False))
    )


def changed_since_print(registrations: QuerySet[Registration]) -> QuerySet[Registration]:
    """Return the registrations whose last badge shows something else than a new one would.

    The database finds those for which something has changed since; the badges of these are compared.
    """
    prints = BadgePrint.objects.filter(registration=OuterRef("pk"), at__isnull=False).order_by("-number")
    printed = with_badge(registrations).annotate(
        printed_at=Subquery(prints.values("at")[:1]), printed_digest=Subquery(prints.values("digest")[:1])
    )
    tickets = Ticket.objects.filter(
        Q(issued_at__gt=OuterRef("printed_at")) | Q(voided_at__gt=OuterRef("printed_at")), registration=OuterRef("pk")
    )
    photos = BadgePhoto.objects.filter(registration=OuterRef("pk"), uploaded_at__gt=OuterRef("printed_at"))
    has_changes = (
        Q(updated_at__gt=F("printed_at"))
        | Q(category__updated_at__gt=F("printed_at"))
        | Exists(tickets)
        | Exists(photos)
    )
    candidates = with_badge_data(printed.filter(has_changes, printed_at__isnull=False))
    changed = [entry.pk for entry in candidates if build_content(entry).digest() != entry.printed_digest]
    return registrations.filter(pk__in=changed)


SELECTIONS = {"missing": not_yet_printed, "changed": changed_since_print, "all": with_badge}


def sort_for_printing(registrations: Iterable[Registration], order: str) -> list[Registration]:
    """Return the registrations that get a badge in an order of BadgeBatch.Order."""
    keys = {
        BadgeBatch.Order.NAME: lambda entry: (),
        BadgeBatch.Order.ORGANIZATION: lambda entry: (normalize_for_search(entry.organization),),
        BadgeBatch.Order.CATEGORY: lambda entry: (entry.category.order, entry.category_id),
    }
    key = keys[BadgeBatch.Order(order)]
    return sorted(
        (entry for entry in registrations if has_badge(entry)),
        key=lambda entry: (*key(entry), normalize_for_search(entry.badge_name), str(entry.pk)),
    )
