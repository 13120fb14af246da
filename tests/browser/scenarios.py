"""Scenarios of the site: the conference in the future, taking place now, unchanged, or with a busy programme.

The dates of the initial content are in the past, and the clock of a server cannot be set, so they are moved.
`python -m tests.browser.scenarios before|during|untouched|busy TODAY`, with a folder that quickstart has prepared in
DATA_DIR.
"""

import datetime
import io
import sys
from uuid import UUID
from zoneinfo import ZoneInfo

import django

# Models can be imported only after django.setup().
# ruff: noqa: E402
django.setup()

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group, User
from django.db.models import F
from django.utils import timezone
from PIL import Image, ImageDraw

from conference.models import Announcement, Conference, Partner
from conference.registration.models import Category
from sessions.models import Room, Session
from sessions.releases.publish import publish_draft
from speakers.images.renditions import LOGO, PORTRAIT, render_picture
from speakers.images.storage import store_picture
from speakers.models import Speaker

MINUTE = datetime.timedelta(minutes=1)
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FIRST_DAY = datetime.date(2020, 12, 7)
PASSWORD = "correct-horse-battery-staple"
# TOTP secret of the viewer.
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def set_up_before(today):
    """Move the conference to forty days from now, with registration open."""
    move_conference_to(today + 40 * DAY)
    make_announcement("info", "Registration is open.", "Đã mở đăng ký.")
    publish_draft(note_en="Moved to the new dates.", note_vi="Chuyển sang ngày mới.")


def set_up_during(today):
    """Make today the second day: one session is on, one is cancelled, some texts exist in one language only."""
    move_conference_to(today - DAY)
    # On at any hour at which the tests run, and before all other sessions.
    midnight = timezone.make_aware(datetime.datetime.combine(today, datetime.time()))
    edit_session("women-at-the-table", starts_at=midnight, ends_at=timezone.now() + 4 * HOUR)
    Session.objects.get(slug="women-at-the-table").links.create(kind="stream", url="https://stream.example/plenary")
    edit_session("rights-without-conditions", status="tentative")
    edit_session(
        "acting-early",
        status="cancelled",
        notice_en="Cancelled: the panel could not travel.",
        notice_vi="Đã hủy: đoàn diễn giả không thể đến.",
    )
    edit_session("women-in-peacekeeping", title_vi="", summary_vi="", description_vi="")
    edit_session("relief-and-recovery", summary_en="", description_en="")
    Room.objects.filter(slug="workshop-room-2").update(name_vi="")
    add_pictures()
    make_announcement("urgent", "Workshop “Prevention” was cancelled.", "Hội thảo “Phòng ngừa” đã bị hủy.")
    make_announcement(
        "important", "Doors open at 17:00: [the venue](/venue/).", "Mở cửa lúc 17:00: [nơi họp](/vi/venue/)."
    )
    make_announcement("info", "Bring your **passport**.", "Mang theo **hộ chiếu**.")
    publish_draft(note_en="The second day as it is.", note_vi="Ngày thứ hai như thực tế.")


def set_up_unchanged(today):
    """Change nothing."""


def set_up_busy(today):
    """Make sixty sessions in eight rooms on the first day, with one room and speaker conflict.

    One session is deleted, one is renamed after the release, and there are users with fewer permissions.
    """
    rooms = list(Room.objects.order_by("order"))
    rooms += [
        Room.objects.create(name_en=f"Side room {n}", name_vi=f"Phòng bên {n}", slug=f"side-room-{n}", order=100 + n)
        for n in range(1, 9 - len(rooms))
    ]
    Session.objects.filter(starts_at__date=FIRST_DAY).delete()
    eight = datetime.datetime.combine(FIRST_DAY, datetime.time(8), ZoneInfo("Asia/Ho_Chi_Minh"))
    for number in range(60):
        make_short_session(number, rooms[number % len(rooms)], eight + number // len(rooms) * 75 * MINUTE)
    clash = Session.objects.get(slug="talk-9")
    Session.objects.filter(pk=clash.pk).update(starts_at=clash.starts_at - 30 * MINUTE)
    for slug in ("talk-1", "talk-9"):
        add_participation(slug, "kristin-lund")
    publish_draft(note_en="Sixty talks.", note_vi="Sáu mươi phiên.")
    renamed = Session.objects.get(slug="talk-2")
    renamed.title_en = "A talk with another name"
    renamed.save()
    Session.objects.get(slug="talk-3").delete()
    make_user_with_password("delegate@conference.example")
    viewer = make_user_with_password("viewer@conference.example", is_staff=True)
    viewer.groups.add(Group.objects.get(name="Viewers"))
    TOTP.activate(viewer, SECRET)


def make_short_session(number, room, starts_at):
    """Make a session of an hour, or 25 minutes for every third; every seventh has a long title."""
    long = ": how those who were there would do it, and what they would not do again" if number % 7 == 3 else ""
    session = Session(
        pk=UUID(int=number + 1),
        slug=f"talk-{number + 1}",
        title_en=f"Talk {number + 1}{long}",
        title_vi=f"Phiên {number + 1}",
        kind="workshop",
        status=("confirmed", "confirmed", "tentative", "draft")[number % 4],
        starts_at=starts_at,
        ends_at=starts_at + (60, 60, 25)[number % 3] * MINUTE,
        room=room,
        languages=["en"],
    )
    session.save()


def add_participation(slug, speaker):
    Session.objects.get(slug=slug).participations.create(speaker=Speaker.objects.get(slug=speaker), role="chair")


def make_user_with_password(email, **changes):
    """Make a user with a password and a verified e-mail address."""
    user = User.objects.create_user(email, email, PASSWORD, **changes)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def move_conference_to(first_day):
    """Move all dates of the conference and its sessions by the same number of days."""
    conference = Conference.objects.get()
    shift = first_day - conference.starts_on
    conference.starts_on += shift
    conference.ends_on += shift
    conference.registration_opens_at = timezone.now() - DAY
    conference.registration_closes_at = timezone.now() + 30 * DAY
    conference.contact = "registration@conference.example"
    # So that a registration is confirmed without an organizer.
    Category.objects.filter(slug="observer").update(needs_approval=False)
    conference.save()
    Session.objects.update(starts_at=F("starts_at") + shift, ends_at=F("ends_at") + shift)


def edit_session(slug, **changes):
    assert Session.objects.filter(slug=slug).update(**changes) == 1, slug


def add_pictures():
    Speaker.objects.filter(slug="kristin-lund").update(
        portrait=store_picture(render_picture(make_picture((900, 1200)), PORTRAIT)),
        portrait_alt_en="A grey-haired officer in uniform.",
    )
    partner = Partner.objects.first()
    partner.logo = store_picture(render_picture(make_picture((800, 300)), LOGO))
    partner.save()


def make_picture(size):
    image = Image.new("RGB", size, "#456")
    ImageDraw.Draw(image).ellipse([size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2], fill="#ca8")
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


def make_announcement(level, text_en, text_vi):
    Announcement.objects.create(level=level, text_en=text_en, text_vi=text_vi, shown_from=timezone.now() - HOUR)


if __name__ == "__main__":
    phases = {"before": set_up_before, "during": set_up_during, "untouched": set_up_unchanged, "busy": set_up_busy}
    phases[sys.argv[1]](datetime.date.fromisoformat(sys.argv[2]))
