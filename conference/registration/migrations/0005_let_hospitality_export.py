from django.db import migrations

HOSPITALITY = "Hospitality"
# The permissions with which the group was created.
FORMER_PERMISSIONS = {"view_registration", "view_specialneeds"}


def grant_export(apps, schema_editor):
    """Let the group export what it sees, unless an administrator has changed its permissions."""
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    permissions = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
    export = permissions.filter(content_type__app_label="registration", codename="export").first()
    group = groups.filter(name=HOSPITALITY).first()
    if group and export and set(group.permissions.values_list("codename", flat=True)) == FORMER_PERMISSIONS:
        group.permissions.add(export)


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0004_internal_note_and_retention"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant_export, migrations.RunPython.noop, elidable=True)]
