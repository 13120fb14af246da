"""Add one row of each registration model to the database: `python -m tests.upgrade.sample_rows`."""

import datetime

import django

# Models can be imported only after Django is set up.
# ruff: noqa: E402
django.setup()

from django.contrib.auth.models import User
from django.utils import timezone

from conference.mail.models import QueuedEmail
from conference.registration.models import (
    Category,
    ConsentText,
    Mode,
    Registration,
    RegistrationEvent,
    Seat,
    SpecialNeeds,
    Ticket,
)


def main() -> None:
    """Create an attendee with a confirmed registration."""
    now = timezone.now()
    user = User.objects.create_user("linh@conference.example", "linh@conference.example")
    registration = Registration.objects.create(
        user=user,
        passport_name="Nguyễn Thị Linh",
        badge_name="Linh",
        country="VN",
        organization="Women for Peace",
        category=Category.objects.first(),
        consent_text=ConsentText.objects.first(),
        consented_at=now,
        languages=["vi", "en"],
        status="confirmed",
        status_changed_at=now,
        submitted_at=now,
    )
    Seat.objects.create(
        registration=registration,
        day=datetime.date(2020, 12, 7),
        mode=Mode.IN_PERSON,
        status=Seat.Status.CONFIRMED,
        queued_since=now,
    )
    RegistrationEvent.objects.create(registration=registration, action="submitted", after="submitted", at=now, by=user)
    SpecialNeeds.objects.create(registration=registration, access="Wheelchair", diet="No nuts")
    Ticket.objects.create(registration=registration)
    QueuedEmail.objects.create(
        user=user,
        email_type="confirmed",
        to=user.email,
        language="vi",
        subject="Confirmed",
        text="You are registered.",
        message_id="<1@conference.example>",
        status="sent",
        sent_at=now,
    )


if __name__ == "__main__":
    main()
