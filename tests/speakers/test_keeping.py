import os
import resource
import time
from pathlib import Path

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from conference.models import Partner
from sessions.models import Release
from speakers.images.forms import PictureAdminMixin, PictureForm, PictureFormField
from speakers.images.renditions import LOGO, PORTRAIT, render_picture
from speakers.images.storage import (
    delete_picture_if_unused,
    delete_unused_on_commit,
    delete_unused_pictures,
    store_picture,
)
from speakers.models import Picture, Speaker

from .. import factories
from .malicious_files import encode_image, make_image

pytestmark = pytest.mark.django_db

ONE, OTHER = (encode_image(make_image().rotate(angle), "PNG") for angle in (0, 180))


class SpeakerForm(PictureForm):
    picture_field = "portrait"
    picture = PictureFormField(PORTRAIT, label="portrait")

    class Meta:
        model = Speaker
        fields = ["name_en", "sort_name", "slug"]


class SpeakerAdmin(PictureAdminMixin, admin.ModelAdmin):
    form = SpeakerForm


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def after_commit(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def kept(data=ONE, kind=PORTRAIT):
    return store_picture(render_picture(data, kind))


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def paths(*pictures):
    return {file["path"] for picture in pictures for file in picture.files}


def is_old(path, days=2):
    os.utime(path, (time.time() - days * 86_400,) * 2)


def portrayed(data=ONE):
    return factories.make_speaker(portrait=kept(data))


def form(speaker=None, data=None, upload=None):
    data = {"name_en": "Linh", "sort_name": "Linh", "slug": "linh"} | (data or {})
    uploads = {"picture": SimpleUploadedFile("../../x.html", upload, "text/html")} if upload is not None else {}
    return SpeakerForm(data, uploads, instance=speaker)


# Keeping


def test_kept_picture_lists_the_files_that_are_there(media):
    rendered = render_picture(ONE, PORTRAIT)
    picture = store_picture(rendered)
    assert picture.digest == rendered.digest
    assert picture.files == [
        {"path": file.path, "type": file.type, "width": file.width, "height": file.height} for file in rendered.files
    ]
    assert {file.path: (media / file.path).read_bytes() for file in rendered.files} == {
        file.path: file.data for file in rendered.files
    }
    assert files(media) == paths(picture)


def test_same_picture_is_kept_once(media):
    assert kept() == kept()
    assert files(media) == paths(Picture.objects.get())


def test_file_of_a_picture_is_never_written_again(media):
    path = media / kept().files[0]["path"]
    before = path.stat()
    kept()
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_file_that_got_lost_is_restored_when_the_picture_is_uploaded_again(media):
    picture = kept()
    (media / picture.files[0]["path"]).unlink()
    kept()
    assert files(media) == paths(picture)


def test_files_can_be_read_by_the_web_server(media):
    assert {oct((media / path).stat().st_mode)[-3:] for path in paths(kept())} == {"644"}


def test_full_disk_leaves_no_torn_file(media):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    rendered = render_picture(ONE, PORTRAIT)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            store_picture(rendered)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(media) == set()
    assert not Picture.objects.exists()


# Sweeping


def test_picture_that_nothing_needs_is_swept(media):
    kept()
    delete_unused_pictures()
    assert not Picture.objects.exists()
    assert list((media / "pictures").iterdir()) == []


def test_sweep_of_an_empty_site_does_nothing():
    delete_unused_pictures()


def test_picture_of_a_speaker_or_a_partner_stays(media):
    portrait, logo = portrayed().portrait, kept(ONE, LOGO)
    Partner.objects.create(name_en="UN Women", logo=logo)
    delete_unused_pictures()
    assert set(Picture.objects.all()) == {portrait, logo}
    assert files(media) == paths(portrait, logo)


def test_picture_in_an_older_release_stays_so_that_it_can_be_published_again(media, conference):
    speaker = portrayed()
    first, second = speaker.portrait, kept(OTHER)
    factories.make_session(parts=[("chair", speaker)])
    factories.publish_release()
    Speaker.objects.update(portrait=second)
    factories.publish_release()
    Speaker.objects.update(portrait=None)
    unneeded = kept(ONE, LOGO)
    delete_unused_pictures()
    assert Release.objects.count() == 2
    assert set(Picture.objects.all()) == {first, second}
    assert files(media) == paths(first, second)
    assert not paths(unneeded) & files(media)


def test_picture_of_a_speaker_who_is_in_no_release_is_swept_after_them(conference):
    factories.make_session(parts=[("chair", portrayed(OTHER))])
    factories.publish_release()
    portrayed(ONE).delete()
    delete_unused_pictures()
    assert Picture.objects.get().digest == render_picture(OTHER, PORTRAIT).digest


def test_picture_that_somebody_took_meanwhile_is_not_removed(media):
    picture = portrayed().portrait
    delete_picture_if_unused(picture.digest)
    assert Picture.objects.get() == picture
    assert files(media) == paths(picture)


def test_picture_that_was_removed_meanwhile_is_removed_again_without_harm(media):
    digest = kept().digest
    delete_picture_if_unused(digest)
    delete_picture_if_unused(digest)
    assert not Picture.objects.exists()


def test_files_of_an_upload_that_was_rolled_back_are_swept_after_a_day(media):
    with transaction.atomic():
        left = paths(kept())
        transaction.set_rollback(True)
    delete_unused_pictures()
    assert files(media) == left
    for path in left:
        is_old(media / path)
    delete_unused_pictures()
    assert list((media / "pictures").iterdir()) == []
    assert not Picture.objects.exists()


def test_files_left_by_a_crash_serve_the_same_picture_when_it_comes_again(media):
    with transaction.atomic():
        left = paths(kept())
        transaction.set_rollback(True)
    for path in left:
        is_old(media / path)
    speaker = portrayed()
    delete_unused_pictures()
    assert files(media) == left == paths(speaker.portrait)


def test_files_that_only_a_release_remembers_stay_and_can_be_a_portrait_again(media, conference):
    speaker = portrayed()
    files_before = speaker.portrait.files
    factories.make_session(parts=[("chair", speaker)])
    factories.publish_release()
    Speaker.objects.update(portrait=None)
    Picture.objects.all().delete()
    for path in files(media):
        is_old(media / path)
    delete_unused_pictures()
    assert kept().files == files_before
    assert files(media) == paths(Picture.objects.get())


def test_unfinished_file_is_swept_after_a_day(media):
    folder = media / "pictures"
    folder.mkdir()
    (folder / "unfinished-1").write_bytes(b"\xff\xd8")
    (folder / "unfinished-2").write_bytes(b"\xff\xd8")
    is_old(folder / "unfinished-1")
    delete_unused_pictures()
    assert files(media) == {"pictures/unfinished-2"}


def test_what_is_not_ours_is_left_alone(media):
    for place in ("notes.txt", "pictures/notes/mine.txt", f"{'a' * 64}/96.jpg"):
        Path(media / place).parent.mkdir(parents=True, exist_ok=True)
        (media / place).write_text("mine")
        is_old(media / place)
    before = files(media)
    delete_unused_pictures()
    assert files(media) == before


def test_sweep_waits_for_the_transaction(after_commit):
    kept()
    with after_commit():
        delete_unused_on_commit()
        assert Picture.objects.exists()
    assert not Picture.objects.exists()


# Forms


def test_uploaded_portrait_is_the_speaker_s(media):
    speaker = form(upload=ONE).save()
    assert Speaker.objects.get().portrait == Picture.objects.get()
    assert files(media) == paths(speaker.portrait)


def test_refused_upload_writes_nothing(media):
    refused = form(upload=b"<script>alert(1)</script>")
    assert refused.errors == {
        "picture": ["This file is not a JPEG, PNG or WebP picture. Save it in one of these formats and try again."]
    }
    assert files(media) == set()


def test_empty_upload_is_refused():
    assert form(upload=b"").errors == {"picture": ["This file is empty. Choose another one."]}


def test_good_portrait_in_a_refused_form_writes_nothing(media):
    assert not form(data={"name_en": ""}, upload=ONE).is_valid()
    assert files(media) == set()


def test_file_name_from_outside_is_never_used(media):
    form(upload=ONE).save()
    assert [path for path in files(media) if "x" in Path(path).stem or "html" in path] == []


def test_replaced_portrait_is_swept(media, after_commit):
    speaker = portrayed()
    with after_commit():
        form(speaker, upload=OTHER).save()
    assert Speaker.objects.get().portrait == Picture.objects.get()
    assert Picture.objects.get().digest == render_picture(OTHER, PORTRAIT).digest
    assert files(media) == paths(Picture.objects.get())


def test_removed_portrait_is_swept(media, after_commit):
    with after_commit():
        form(portrayed(), {"picture-clear": "on"}).save()
    assert Speaker.objects.get().portrait is None
    assert files(media) == set()


def test_form_without_an_upload_keeps_the_portrait(media, after_commit):
    portrait = portrayed().portrait
    with after_commit() as callbacks:
        form(Speaker.objects.get(), {"name_en": "Another name"}).save()
    assert (Speaker.objects.get().portrait, Speaker.objects.get().name_en) == (portrait, "Another name")
    assert callbacks == []


def test_choosing_and_removing_at_once_is_refused():
    assert form(portrayed(), {"picture-clear": "on"}, OTHER).errors == {
        "picture": ["Choose another picture or remove this one, not both."]
    }


def test_form_shows_the_present_picture_and_offers_to_remove_it():
    portrait = portrayed().portrait
    html = str(SpeakerForm(instance=Speaker.objects.get())["picture"])
    smallest = portrait.files[-3]
    assert f'src="/media/{smallest["path"]}" width="96" height="96"' in html
    assert '<input type="checkbox" name="picture-clear" id="picture-clear_id">' in html
    assert 'type="file" name="picture" accept="image/jpeg,image/png,image/webp"' in html


def test_form_without_a_picture_offers_only_to_upload_one():
    html = str(SpeakerForm()["picture"])
    assert "checkbox" not in html
    assert "<img" not in html


def test_refused_form_still_shows_the_present_picture():
    refused = form(portrayed(), upload=b"no picture")
    assert not refused.is_valid()
    assert "<img" in str(refused["picture"])


def test_form_says_that_it_changed_only_where_it_did():
    speaker = portrayed()
    unchanged = {"name_en": speaker.name_en, "sort_name": speaker.sort_name, "slug": speaker.slug}
    assert form(speaker, unchanged).changed_data == []
    assert form(speaker, unchanged, OTHER).changed_data == ["picture"]
    assert form(speaker, unchanged | {"picture-clear": "on"}).changed_data == ["picture"]


def test_picture_of_a_speaker_deleted_in_the_admin_is_swept(media, after_commit, rf):
    desk = SpeakerAdmin(Speaker, admin.site)
    with after_commit():
        desk.delete_model(rf.post("/"), portrayed(ONE))
    with after_commit():
        portrayed(OTHER)
        desk.delete_queryset(rf.post("/"), Speaker.objects.all())
    assert files(media) == set()
    assert not Picture.objects.exists()
