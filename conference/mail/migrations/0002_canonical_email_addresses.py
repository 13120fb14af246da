"""Store e-mail addresses in their canonical form, in which forms save them now."""

from django.db import migrations

from conference.core.email_addresses import canonical_email, email_key


def canonicalize(apps, schema_editor):
    for label, model, field in (("auth", "User", "email"), ("mail", "QueuedEmail", "to"), ("conference", "Conference", "contact")):
        rows = apps.get_model(label, model).objects.exclude(**{field: ""})
        for pk, address in rows.values_list("pk", field).iterator():
            if address != (canonical := canonical_email(address)):
                rows.filter(pk=pk).update(**{field: canonical})
    canonicalize_owned_addresses(apps.get_model("account", "EmailAddress"))


def canonicalize_owned_addresses(EmailAddress):
    """Update the addresses of accounts. One whose canonical form another row holds is left as it is."""
    for pk, user, address in EmailAddress.objects.values_list("pk", "user", "email").iterator():
        key = email_key(address)
        others = EmailAddress.objects.filter(email=key).exclude(pk=pk)
        if address != key and not others.filter(user=user).exists() and not others.filter(verified=True).exists():
            EmailAddress.objects.filter(pk=pk).update(email=key)


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("conference", "0001_initial"),
        ("mail", "0001_initial"),
    ]

    operations = [migrations.RunPython(canonicalize, migrations.RunPython.noop, elidable=True)]
