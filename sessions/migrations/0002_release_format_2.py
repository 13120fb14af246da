"""Upgrade the documents of releases to format 2: the facts of the conference are one object, "conference".

Format 1 has its days and time zone only. Its names and its place were live content, equal for all releases, and are
taken from the row of Conference.
"""

from django.db import migrations

DATE_FIELDS = ("starts_on", "ends_on", "time_zone")
TEXTS = ("name", "short_name", "subtitle", "organizers", "venue", "city")
LANGUAGES = ("en", "vi")


def upgrade_documents(apps, schema_editor):
    using = schema_editor.connection.alias
    facts = read_facts(apps.get_model("conference", "Conference").objects.using(using).first())
    for releases, document in iterate_documents(apps, using):
        if document.get("format") == 1:
            rest = {key: value for key, value in document.items() if key not in ("format", *DATE_FIELDS)}
            conference = facts | {name: document[name] for name in DATE_FIELDS}
            releases.update(document={"format": 2, "conference": conference, **rest})


def downgrade_documents(apps, schema_editor):
    for releases, document in iterate_documents(apps, schema_editor.connection.alias):
        if document.get("format") == 2:
            rest = {key: value for key, value in document.items() if key not in ("format", "conference")}
            dates = {name: document["conference"][name] for name in DATE_FIELDS}
            releases.update(document={"format": 1, **dates, **rest})


def iterate_documents(apps, using):
    """Yield each release as a queryset of one row, with its document. Only one document is in memory at a time."""
    releases = apps.get_model("programme", "Release").objects.using(using)
    for number in list(releases.values_list("pk", flat=True)):
        release = releases.filter(pk=number)
        yield release, release.values_list("document", flat=True).get()


def read_facts(conference):
    """Return the names and the place as a document has them; empty ones if there is no conference any more."""
    if conference is None:
        return dict.fromkeys(TEXTS, {}) | {"country": ""}
    texts = {name: {code: getattr(conference, f"{name}_{code}").strip() for code in LANGUAGES} for name in TEXTS}
    filled = {name: {code: text for code, text in values.items() if text} for name, values in texts.items()}
    return filled | {"country": conference.country.code or ""}


class Migration(migrations.Migration):
    dependencies = [("programme", "0001_initial"), ("conference", "0001_initial")]
    operations = [migrations.RunPython(upgrade_documents, downgrade_documents)]
