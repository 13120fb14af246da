"""Groups of organizers and their permissions.

``migrate`` creates the groups that are missing. Later changes by administrators are kept. New permissions of a later
version are granted to existing groups by a migration.
"""

from typing import Any

from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

CRUD_ACTIONS = ("add", "change", "delete", "view")
VIEW_ONLY = ("view",)

PROGRAMME_MODELS = (
    "programme.session",
    "programme.sessionlink",
    "programme.participation",
    "programme.room",
    "programme.theme",
    "speakers.speaker",
    "speakers.speakerlink",
)
CONTENT_MODELS = ("conference.page", "conference.partner", "conference.announcement", "conference.country")
CAPACITY_MODELS = ("registration.registrationsettings", "registration.quota")
AUDIT_MODELS = ("registration.registrationevent", "registration.seat", "registration.ticket", "registration.exportlog")

# Actions per model for each group. Editors of the draft cannot publish it unless they are in both groups.
GROUP_PERMISSIONS = {
    "Programme editors": dict.fromkeys(PROGRAMME_MODELS, CRUD_ACTIONS) | {"programme.release": VIEW_ONLY},
    "Publishers": dict.fromkeys(PROGRAMME_MODELS, VIEW_ONLY) | {"programme.release": ("view", "publish")},
    "Communications": dict.fromkeys(CONTENT_MODELS, CRUD_ACTIONS)
    | {"conference.conference": ("view", "change"), "mail.emailtemplate": ("view", "change")},
    "Registrars": dict.fromkeys(CAPACITY_MODELS, ("view", "change"))
    | dict.fromkeys(AUDIT_MODELS, VIEW_ONLY)
    | {
        "conference.conference": VIEW_ONLY,
        "registration.registration": ("view", "change", "decide", "export"),
        "registration.category": ("add", "view", "change"),
        "registration.consenttext": ("add", "view"),
        "mail.emailtemplate": ("view", "change"),
        "mail.queuedemail": ("view", "resend"),
        "registration.needsaccesslog": VIEW_ONLY,
        "registration.entrance": CRUD_ACTIONS,
        "registration.checkindevice": ("add", "view", "change"),
        "registration.checkin": ("view", "check_in", "override_check_in", "register_on_site"),
        "registration.badgelayout": CRUD_ACTIONS,
        "registration.badgeprint": ("print_badges",),
        "registration.certificate": ("view", "send_certificates"),
        "registration.certificatesettings": ("view", "change"),
    },
    "Door staff": {"registration.checkin": ("check_in",)},
    "Door supervisors": {
        "registration.checkin": ("view", "check_in", "override_check_in", "register_on_site"),
        "registration.badgeprint": ("print_badges",),
    },
    # Staff responsible for accessibility, interpretation and meals.
    "Hospitality": {"registration.registration": ("view", "export"), "registration.specialneeds": VIEW_ONLY},
    "Viewers": dict.fromkeys(
        (*PROGRAMME_MODELS, *CONTENT_MODELS, "programme.release", "conference.conference"), VIEW_ONLY
    ),
}


# Names of groups are data; these are shown in their place.
GROUP_LABELS = {
    "Programme editors": _("Programme editors"),
    "Publishers": _("Publishers"),
    "Communications": _("Communications"),
    "Registrars": _("Registrars"),
    "Door staff": _("Door staff"),
    "Door supervisors": _("Door supervisors"),
    "Hospitality": _("Hospitality"),
    "Viewers": _("Viewers"),
}


def group_label(name: str) -> str:
    """Return the name of a group in the active language; that of another group as it is."""
    return str(GROUP_LABELS.get(name, name))


def group_permissions(group: str) -> set[str]:
    """Return the initial permissions of a group: {"programme.add_session", ..., "programme.publish"}."""
    return {permission_name(model, action) for model, actions in GROUP_PERMISSIONS[group].items() for action in actions}


def permission_name(model: str, action: str) -> str:
    app_label, model_name = model.split(".")
    return f"{app_label}.{action}_{model_name}" if action in CRUD_ACTIONS else f"{app_label}.{action}"


def create_missing_groups(*, using: str, apps: Apps = installed_apps, **kwargs: Any) -> None:
    """Create the groups that are missing. Handler of post_migrate; does nothing until all apps are migrated."""
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return
    for name in GROUP_PERMISSIONS:
        if not group_model.objects.using(using).filter(name=name).exists():
            create_group(name, group_model, permission_model, using, apps)


def create_group(name: str, group_model: type[Model], permission_model: type[Model], using: str, apps: Apps) -> None:
    permissions = find_permissions(name, permission_model, using, apps)
    if len(permissions) == len(group_permissions(name)):
        group_model.objects.using(using).create(name=name).permissions.set(permissions)


def find_permissions(group: str, permission_model: type[Model], using: str, apps: Apps) -> list[Model]:
    """Return those of the group's permissions whose models exist already."""
    names = group_permissions(group)
    permissions = [
        permission
        for app_label in app_labels_of_group(group)
        for permission in create_and_list_permissions(app_label, permission_model, using, apps)
    ]
    return [item for item in permissions if f"{item.content_type.app_label}.{item.codename}" in names]


def app_labels_of_group(group: str) -> set[str]:
    return {model.partition(".")[0] for model in GROUP_PERMISSIONS[group]}


def create_and_list_permissions(app: str, permission_model: type[Model], using: str, apps: Apps) -> QuerySet[Model]:
    # Django may create this app's permissions only after this handler has run.
    create_permissions(installed_apps.get_app_config(app), verbosity=0, using=using, apps=apps)
    return permission_model.objects.using(using).filter(content_type__app_label=app).select_related("content_type")
