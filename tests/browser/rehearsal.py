"""The conference as it is before and during its days: an organizer moves it, edits it and publishes. The dates in the
content that ships are over, and a server's clock cannot be set.

`python -m tests.browser.rehearsal before|during TODAY`, with VAR_DIR naming a folder that quickstart has prepared.
"""

import datetime
import io
import sys

import django

django.setup()

from django.db.models import F  # noqa: E402 - settings come first
from django.utils import timezone  # noqa: E402
from PIL import Image, ImageDraw  # noqa: E402

from conference.models import Announcement, Conference, Partner  # noqa: E402
from sessions.models import Room, Session  # noqa: E402
from sessions.publishing import publish  # noqa: E402
from speakers.keeping import keep  # noqa: E402
from speakers.models import Speaker  # noqa: E402
from speakers.pictures import LOGO, PORTRAIT, render  # noqa: E402

HOUR = datetime.timedelta(hours=1)
DAY = 24 * HOUR


def before(today):
    """In forty days, with registration open."""
    move_to(today + 40 * DAY)
    announce("info", "Registration is open.", "Đã mở đăng ký.")
    publish(note_en="Moved to the new dates.", note_vi="Chuyển sang ngày mới.")


def during(today):
    """Its second day is today: one session is on, one is cancelled, some texts exist in one language only."""
    move_to(today - DAY)
    # On at whatever hour the tests run, and before all others that may be.
    midnight = timezone.make_aware(datetime.datetime.combine(today, datetime.time()))
    edit("women-at-the-table", starts_at=midnight, ends_at=timezone.now() + 4 * HOUR)
    edit(
        "acting-early",
        status="cancelled",
        notice_en="Cancelled: the panel could not travel.",
        notice_vi="Đã hủy: đoàn diễn giả không thể đến.",
    )
    edit("women-in-peacekeeping", title_vi="", summary_vi="", description_vi="")
    edit("relief-and-recovery", summary_en="", description_en="")
    Room.objects.filter(slug="workshop-room-2").update(name_vi="")
    show_pictures()
    announce("urgent", "Workshop “Prevention” is cancelled.", "Hội thảo “Phòng ngừa” đã bị hủy.")
    announce("important", "Doors open at 17:00.", "Mở cửa lúc 17:00.")
    publish(note_en="The second day as it is.", note_vi="Ngày thứ hai như thực tế.")


def move_to(first_day):
    """Every date of the conference and of its sessions, by the same number of days."""
    conference = Conference.objects.get()
    shift = first_day - conference.starts_on
    conference.starts_on += shift
    conference.ends_on += shift
    conference.registration_opens_at = timezone.now() - DAY
    conference.registration_closes_at = timezone.now() + 30 * DAY
    conference.contact = "registration@conference.example"
    conference.save()
    Session.objects.update(starts_at=F("starts_at") + shift, ends_at=F("ends_at") + shift)


def edit(slug, **changes):
    assert Session.objects.filter(slug=slug).update(**changes) == 1, slug


def show_pictures():
    Speaker.objects.filter(slug="kristin-lund").update(
        portrait=keep(render(picture((900, 1200)), PORTRAIT)), portrait_alt_en="A grey-haired officer in uniform."
    )
    partner = Partner.objects.first()
    partner.logo = keep(render(picture((800, 300)), LOGO))
    partner.save()


def picture(size):
    image = Image.new("RGB", size, "#456")
    ImageDraw.Draw(image).ellipse([size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2], fill="#ca8")
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


def announce(level, text_en, text_vi):
    Announcement.objects.create(level=level, text_en=text_en, text_vi=text_vi, shown_from=timezone.now() - HOUR)


if __name__ == "__main__":
    {"before": before, "during": during}[sys.argv[1]](datetime.date.fromisoformat(sys.argv[2]))
