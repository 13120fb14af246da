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

FIRST, SECOND = (encode_image(make_image().rotate(angle), "PNG") for angle in (0, 180))


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
def run_on_commit(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def store(data=FIRST, kind=PORTRAIT):
    return store_picture(render_picture(data, kind))


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def paths(*pictures):
    return {file["path"] for picture in pictures for file in picture.files}


def make_old(path, days=2):
    os.utime(path, (time.time() - days * 86_400,) * 2)


def make_speaker_with_portrait(data=FIRST):
    return factories.make_speaker(portrait=store(data))


def form(speaker=None, data=None, upload=None):
    data = {"name_en": "Linh", "sort_name": "Linh", "slug": "linh"} | (data or {})
    uploads = {"picture": SimpleUploadedFile("../../x.html", upload, "text/html")} if upload is not None else {}
    return SpeakerForm(data, uploads, instance=speaker)


# Storing


def test_store_picture_writes_the_files_that_it_lists(media):
    rendered = render_picture(FIRST, PORTRAIT)
    picture = store_picture(rendered)
    assert picture.digest == rendered.digest
    assert picture.files == [
        {"path": file.path, "type": file.type, "width": file.width, "height": file.height} for file in rendered.files
    ]
    assert {file.path: (media / file.path).read_bytes() for file in rendered.files} == {
        file.path: file.data for file in rendered.files
    }
    assert files(media) == paths(picture)


def test_store_picture_twice_creates_one_picture(media):
    assert store() == store()
    assert files(media) == paths(Picture.objects.get())


def test_store_picture_twice_leaves_files_untouched(media):
    path = media / store().files[0]["path"]
    before = path.stat()
    store()
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_store_picture_with_a_missing_file_restores_it(media):
    picture = store()
    (media / picture.files[0]["path"]).unlink()
    store()
    assert files(media) == paths(picture)


def test_stored_files_are_readable_by_the_web_server(media):
    assert {oct((media / path).stat().st_mode)[-3:] for path in paths(store())} == {"644"}


def test_store_picture_on_a_full_disk_leaves_no_file(media):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    rendered = render_picture(FIRST, PORTRAIT)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            store_picture(rendered)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(media) == set()
    assert not Picture.objects.exists()


# Deleting


def test_delete_unused_pictures_removes_picture_and_files(media):
    store()
    delete_unused_pictures()
    assert not Picture.objects.exists()
    assert list((media / "pictures").iterdir()) == []


def test_delete_unused_pictures_without_pictures_does_nothing():
    delete_unused_pictures()


def test_delete_unused_pictures_keeps_pictures_of_speakers_and_partners(media):
    portrait, logo = make_speaker_with_portrait().portrait, store(FIRST, LOGO)
    Partner.objects.create(name_en="UN Women", logo=logo)
    delete_unused_pictures()
    assert set(Picture.objects.all()) == {portrait, logo}
    assert files(media) == paths(portrait, logo)


def test_delete_unused_pictures_keeps_pictures_of_older_releases(media, conference):
    speaker = make_speaker_with_portrait()
    first, second = speaker.portrait, store(SECOND)
    factories.make_session(parts=[("chair", speaker)])
    factories.publish_release()
    Speaker.objects.update(portrait=second)
    factories.publish_release()
    Speaker.objects.update(portrait=None)
    unneeded = store(FIRST, LOGO)
    delete_unused_pictures()
    assert Release.objects.count() == 2
    assert set(Picture.objects.all()) == {first, second}
    assert files(media) == paths(first, second)
    assert not paths(unneeded) & files(media)


def test_delete_unused_pictures_removes_picture_of_unpublished_deleted_speaker(conference):
    factories.make_session(parts=[("chair", make_speaker_with_portrait(SECOND))])
    factories.publish_release()
    make_speaker_with_portrait(FIRST).delete()
    delete_unused_pictures()
    assert Picture.objects.get().digest == render_picture(SECOND, PORTRAIT).digest


def test_delete_picture_if_unused_keeps_a_picture_in_use(media):
    picture = make_speaker_with_portrait().portrait
    delete_picture_if_unused(picture.digest)
    assert Picture.objects.get() == picture
    assert files(media) == paths(picture)


def test_delete_picture_if_unused_twice_raises_nothing(media):
    digest = store().digest
    delete_picture_if_unused(digest)
    delete_picture_if_unused(digest)
    assert not Picture.objects.exists()


def test_files_of_a_rolled_back_upload_are_deleted_after_a_day(media):
    with transaction.atomic():
        left = paths(store())
        transaction.set_rollback(True)
    delete_unused_pictures()
    assert files(media) == left
    for path in left:
        make_old(media / path)
    delete_unused_pictures()
    assert list((media / "pictures").iterdir()) == []
    assert not Picture.objects.exists()


def test_files_left_by_a_crash_are_reused_by_the_same_picture(media):
    with transaction.atomic():
        left = paths(store())
        transaction.set_rollback(True)
    for path in left:
        make_old(media / path)
    speaker = make_speaker_with_portrait()
    delete_unused_pictures()
    assert files(media) == left == paths(speaker.portrait)


def test_files_of_a_release_without_picture_are_kept_and_reused(media, conference):
    speaker = make_speaker_with_portrait()
    files_before = speaker.portrait.files
    factories.make_session(parts=[("chair", speaker)])
    factories.publish_release()
    Speaker.objects.update(portrait=None)
    Picture.objects.all().delete()
    for path in files(media):
        make_old(media / path)
    delete_unused_pictures()
    assert store().files == files_before
    assert files(media) == paths(Picture.objects.get())


def test_unfinished_file_is_deleted_after_a_day(media):
    folder = media / "pictures"
    folder.mkdir()
    (folder / "unfinished-1").write_bytes(b"\xff\xd8")
    (folder / "unfinished-2").write_bytes(b"\xff\xd8")
    make_old(folder / "unfinished-1")
    delete_unused_pictures()
    assert files(media) == {"pictures/unfinished-2"}


def test_delete_unused_pictures_keeps_unknown_files(media):
    for place in ("notes.txt", "pictures/notes/mine.txt", f"{'a' * 64}/96.jpg"):
        Path(media / place).parent.mkdir(parents=True, exist_ok=True)
        (media / place).write_text("mine")
        make_old(media / place)
    before = files(media)
    delete_unused_pictures()
    assert files(media) == before


def test_delete_unused_on_commit_waits_for_the_transaction(run_on_commit):
    store()
    with run_on_commit():
        delete_unused_on_commit()
        assert Picture.objects.exists()
    assert not Picture.objects.exists()


# Forms


def test_form_with_upload_stores_the_portrait(media):
    speaker = form(upload=FIRST).save()
    assert Speaker.objects.get().portrait == Picture.objects.get()
    assert files(media) == paths(speaker.portrait)


def test_form_with_invalid_upload_writes_no_file(media):
    invalid_form = form(upload=b"<script>alert(1)</script>")
    assert invalid_form.errors == {
        "picture": ["This file is not a JPEG, PNG or WebP picture. Save it in one of these formats and try again."]
    }
    assert files(media) == set()


def test_form_with_empty_upload_is_invalid():
    assert form(upload=b"").errors == {"picture": ["This file is empty. Choose another one."]}


def test_invalid_form_with_valid_upload_writes_no_file(media):
    assert not form(data={"name_en": ""}, upload=FIRST).is_valid()
    assert files(media) == set()


def test_form_ignores_the_uploaded_file_name(media):
    form(upload=FIRST).save()
    assert [path for path in files(media) if "x" in Path(path).stem or "html" in path] == []


def test_form_with_new_upload_deletes_the_replaced_portrait(media, run_on_commit):
    speaker = make_speaker_with_portrait()
    with run_on_commit():
        form(speaker, upload=SECOND).save()
    assert Speaker.objects.get().portrait == Picture.objects.get()
    assert Picture.objects.get().digest == render_picture(SECOND, PORTRAIT).digest
    assert files(media) == paths(Picture.objects.get())


def test_form_with_clear_checkbox_deletes_the_portrait(media, run_on_commit):
    with run_on_commit():
        form(make_speaker_with_portrait(), {"picture-clear": "on"}).save()
    assert Speaker.objects.get().portrait is None
    assert files(media) == set()


def test_form_without_upload_keeps_the_portrait(media, run_on_commit):
    portrait = make_speaker_with_portrait().portrait
    with run_on_commit() as callbacks:
        form(Speaker.objects.get(), {"name_en": "Another name"}).save()
    assert (Speaker.objects.get().portrait, Speaker.objects.get().name_en) == (portrait, "Another name")
    assert callbacks == []


def test_form_with_upload_and_clear_checkbox_is_invalid():
    assert form(make_speaker_with_portrait(), {"picture-clear": "on"}, SECOND).errors == {
        "picture": ["Choose another picture or remove this one, not both."]
    }


def render_picture_field(form):
    """Return the HTML of the field, with each run of white space as one space."""
    return " ".join(str(form["picture"]).split())


def test_form_with_portrait_shows_it_and_a_clear_checkbox():
    portrait = make_speaker_with_portrait().portrait
    html = render_picture_field(SpeakerForm(instance=Speaker.objects.get()))
    smallest = portrait.files[-3]
    assert f'src="/media/{smallest["path"]}" width="96" height="96"' in html
    assert '<input type="checkbox" name="picture-clear" id="picture-clear_id">' in html
    assert 'type="file" name="picture" accept="image/jpeg,image/png,image/webp"' in html


def test_form_without_portrait_shows_only_the_file_input():
    html = render_picture_field(SpeakerForm())
    assert "checkbox" not in html
    assert "<img" not in html


def test_invalid_form_shows_the_current_picture():
    invalid_form = form(make_speaker_with_portrait(), upload=b"no picture")
    assert not invalid_form.is_valid()
    assert "<img" in str(invalid_form["picture"])


def test_form_changed_data_contains_only_changed_pictures():
    speaker = make_speaker_with_portrait()
    unchanged = {"name_en": speaker.name_en, "sort_name": speaker.sort_name, "slug": speaker.slug}
    assert form(speaker, unchanged).changed_data == []
    assert form(speaker, unchanged, SECOND).changed_data == ["picture"]
    assert form(speaker, unchanged | {"picture-clear": "on"}).changed_data == ["picture"]


def test_admin_deletion_of_speakers_deletes_their_pictures(media, run_on_commit, rf):
    model_admin = SpeakerAdmin(Speaker, admin.site)
    with run_on_commit():
        model_admin.delete_model(rf.post("/"), make_speaker_with_portrait(FIRST))
    with run_on_commit():
        make_speaker_with_portrait(SECOND)
        model_admin.delete_queryset(rf.post("/"), Speaker.objects.all())
    assert files(media) == set()
    assert not Picture.objects.exists()
