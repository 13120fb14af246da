"""Time and memory of 1,000 badges: `python -m tests.benchmarks.badges [NUMBER] [FORMAT]`, in a database of its own.

Names are in ten scripts; a fifth of the people have a photo. The batch is rendered in parts, as by the page with the
progress.
"""

import os
import resource
import sys
import tempfile
import time

NAMES = (
    "Nguyễn Thị Ánh Tuyết",
    "مريم الأنصاري",
    "王小明",
    "Мария Щукина",
    "नेहा शर्मा",
    "김민지",
    "Anna Smith",
    "សុខា ចាន់",
    "נועה כהן",
    "Maria-Magdalena Konstantinopoulou de la Fuente",
)
ORGANIZATIONS = (
    "Ministry of Foreign Affairs",
    "United Nations Entity for Gender Equality and the Empowerment of Women, Regional Office for Asia and the Pacific",
)


def main(number=1000, badge_format="a6"):
    with tempfile.TemporaryDirectory(prefix="conference-badges-") as folder:
        os.environ.pop("DATABASE_URL", None)
        os.environ |= {
            "DATA_DIR": folder,
            "SECRET_KEY": "only-for-benchmarks-" * 4,
            "DJANGO_SETTINGS_MODULE": "conference.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("load_content", verbosity=0)
        print(measure(number, badge_format))


def measure(number, badge_format):
    """Return a line with the seconds of each step, the peak of memory before and after, and the size of the file."""
    from django.contrib.auth.models import User

    from conference.registration.badges import batches, files
    from conference.registration.badges.content import with_badge_data
    from conference.registration.badges.selection import not_yet_printed, sort_for_printing
    from conference.registration.models import BadgeLayout, Registration

    make_people(number)
    layout = BadgeLayout.objects.create(
        name="Benchmark", format=badge_format, back_text_en="Emergency: 113", back_text_vi="Khẩn cấp: 113"
    )
    operator = User.objects.create_user("operator")
    started, cpu_started, before = time.monotonic(), time.process_time(), peak_memory()
    people = sort_for_printing(with_badge_data(not_yet_printed(Registration.objects.all())), "organization")
    batch = batches.create_batch(people, layout, "organization", operator)
    selected, part_peaks = time.monotonic(), []
    while batches.render_next_part(batch):
        part_peaks.append(peak_memory())
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu_started
    size = files.get_file(batch).stat().st_size / 1e6
    first, last = (part_peaks[0], part_peaks[-1]) if part_peaks else (peak_memory(), peak_memory())
    return (
        f"{batch.number} badges ({badge_format}): {seconds:.1f} s ({cpu:.1f} s of one core), of which "
        f"selection {selected - started:.1f} s; peak memory {before} MB before, {first} MB after the first part, "
        f"{last} MB after the last but one, {peak_memory()} MB at the end; file {size:.1f} MB"
    )


def make_people(number):
    from django.contrib.auth.models import User
    from django.utils import timezone

    from conference.registration.badges.photos import encode_jpeg
    from conference.registration.formatting import conference_days
    from conference.registration.models import (
        BadgePhoto,
        Category,
        ConsentText,
        Mode,
        Registration,
        RegistrationStatus,
        Seat,
    )

    from ..speakers.malicious_files import make_image

    now, days = timezone.now(), conference_days()
    categories = list(Category.objects.all())
    consent = ConsentText.objects.get_or_create(number=1, defaults={"text_en": "Consent"})[0]
    users = User.objects.bulk_create(User(username=f"person{index}") for index in range(number))
    registrations = Registration.objects.bulk_create(
        Registration(
            user=user,
            passport_name="X",
            badge_name=f"{NAMES[index % len(NAMES)]} {chr(65 + index % 26)}",
            country="VN",
            organization=f"{ORGANIZATIONS[index % 2]} {index % 97}",
            category=categories[index % len(categories)],
            consent_text=consent,
            consented_at=now,
            submitted_at=now,
            status=RegistrationStatus.CONFIRMED,
            status_changed_at=now,
        )
        for index, user in enumerate(users)
    )
    Seat.objects.bulk_create(
        Seat(registration=entry, day=day, mode=Mode.IN_PERSON, status=Seat.Status.CONFIRMED, queued_since=now)
        for index, entry in enumerate(registrations)
        for day in days[: 1 + index % len(days)]
    )
    photo = encode_jpeg(make_image(480, 600))
    BadgePhoto.objects.bulk_create(
        BadgePhoto(registration=entry, data=photo + bytes(2) + str(index).encode(), digest=str(index))
        for index, entry in enumerate(registrations[::5])
    )


def peak_memory():
    """Return the peak of resident memory of this process in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(*(int(value) if value.isdigit() else value for value in arguments))
