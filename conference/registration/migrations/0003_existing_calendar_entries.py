from django.db import migrations


def create_entries(apps, schema_editor):
    """Record the events of the seats confirmed so far, which went out by e-mail without a sequence, as sequence 0.

    Without content, they count as changed when they are next given out.
    """
    Seat = apps.get_model("registration", "Seat")
    CalendarEntry = apps.get_model("registration", "CalendarEntry")
    seats = Seat.objects.filter(status="confirmed").select_related("registration").only("day", "registration__updated_at")
    CalendarEntry.objects.bulk_create(
        [
            CalendarEntry(
                registration_id=seat.registration_id,
                day=seat.day,
                emailed_sequence=0,
                revised_at=seat.registration.updated_at,
            )
            for seat in seats
        ],
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0002_calendar_entry"),
    ]

    operations = [
        migrations.RunPython(create_entries, migrations.RunPython.noop),
    ]
