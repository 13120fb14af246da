"""Registrars and communications may work with what has just come: in a database where these groups exist already."""

from django.db import migrations

from conference.access import grant


def give(apps, schema_editor):
    for group in ("Registrars", "Communications"):
        grant(group, apps, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0001_people"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("conference", "0002_desk"),
        ("programme", "0002_desk"),
        ("speakers", "0002_desk"),
    ]
    operations = [migrations.RunPython(give, migrations.RunPython.noop, elidable=True)]
