from django.apps import apps as installed_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Registrars"
# Only who may change registrations gets the new permissions: an administrator may have restricted the group.
SIMILAR_PERMISSION = "change_registration"
PERMISSIONS = ["view_certificate", "send_certificates", "view_certificatesettings", "change_certificatesettings"]


def grant_permissions(apps, schema_editor):
    """Let existing Registrars send certificates; a new group is created with these permissions."""
    alias = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(alias).filter(name=GROUP)
    if not groups.exists():
        return
    create_permissions(installed_apps.get_app_config("registration"), verbosity=0, using=alias, apps=apps)
    permissions = (
        apps.get_model("auth", "Permission").objects.using(alias).filter(content_type__app_label="registration")
    )
    for group in groups.filter(permissions__in=permissions.filter(codename=SIMILAR_PERMISSION)):
        group.permissions.add(*permissions.filter(codename__in=PERMISSIONS))


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0013_certificates"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant_permissions, migrations.RunPython.noop, elidable=True)]
