from django.apps import apps as installed_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

# The actions of each group, and the permission by which to see that an administrator has not restricted it.
GROUPS = {
    "Communications": (("add", "change", "delete", "view"), "delete_page"),
    "Viewers": (("view",), "view_page"),
}


def grant_permissions(apps, schema_editor):
    """Let existing groups edit or view the countries; new groups are created with these permissions."""
    alias = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(alias)
    if not groups.filter(name__in=GROUPS).exists():
        return
    create_permissions(installed_apps.get_app_config("conference"), verbosity=0, using=alias, apps=apps)
    permissions = apps.get_model("auth", "Permission").objects.using(alias).filter(content_type__app_label="conference")
    for name, (actions, similar) in GROUPS.items():
        for group in groups.filter(name=name, permissions__in=permissions.filter(codename=similar)):
            group.permissions.add(*permissions.filter(codename__in=[f"{action}_country" for action in actions]))


class Migration(migrations.Migration):
    dependencies = [
        ("conference", "0004_country"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant_permissions, migrations.RunPython.noop, elidable=True)]
