"""Who may do what: the groups that organizers are put into.

A group is made, with its permissions, by the first migrate that finds it missing. From then on it belongs to the people
who run the site: what they add to it or take from it stays. A permission that comes with a later version is given to
the groups that exist by a migration. So where *Programme editors* was made before there were *Publishers*, it goes on
publishing until somebody takes that from it.
"""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions

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
CONTENT_MODELS = ("conference.page", "conference.partner", "conference.announcement")
CAPACITY_MODELS = ("registration.registrationsettings", "registration.quota")
AUDIT_MODELS = ("registration.registrationevent", "registration.seat", "registration.ticket", "registration.exportlog")

# For each group, the models and what may be done with them. Who drafts does not publish; a person may be in both.
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
    },
    # Those who see to ramps, interpreters and meals.
    "Hospitality": {"registration.registration": VIEW_ONLY, "registration.specialneeds": VIEW_ONLY},
    "Viewers": dict.fromkeys(
        (*PROGRAMME_MODELS, *CONTENT_MODELS, "programme.release", "conference.conference"), VIEW_ONLY
    ),
}


def group_permissions(group):
    """What a group is made with, as Django spells it: {"programme.add_session", ..., "programme.publish"}."""
    return {
        permission_codename(model, action) for model, actions in GROUP_PERMISSIONS[group].items() for action in actions
    }


def permission_codename(model, action):
    app, name = model.split(".")
    return f"{app}.{action}_{name}" if action in CRUD_ACTIONS else f"{app}.{action}"


def grant_group_permissions(group, apps, *, using):
    """Give a group that exists already all that it would be made with, for a migration that brings new models."""
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    found = Group.objects.using(using).filter(name=group).first()
    if found is not None:
        found.permissions.add(*find_permissions(group, Permission, using, apps))


def create_missing_groups(*, using, apps=installed, **_):
    """Make the groups that are missing. Called after each migrate; while only some apps are migrated, it waits."""
    try:
        Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return
    for name in GROUP_PERMISSIONS:
        if not Group.objects.using(using).filter(name=name).exists():
            create_group(name, Group, Permission, using, apps)


def create_group(name, Group, Permission, using, apps):
    wanted = find_permissions(name, Permission, using, apps)
    if len(wanted) == len(group_permissions(name)):
        Group.objects.using(using).create(name=name).permissions.set(wanted)


def find_permissions(group, Permission, using, apps):
    found = [
        row for app in app_labels_of_group(group) for row in create_and_list_permissions(app, Permission, using, apps)
    ]
    return [row for row in found if f"{row.content_type.app_label}.{row.codename}" in group_permissions(group)]


def app_labels_of_group(group):
    return {model.partition(".")[0] for model in GROUP_PERMISSIONS[group]}


def create_and_list_permissions(app, Permission, using, apps):
    # Django makes an app's permissions when that app's turn comes, which may be after this one's.
    create_permissions(installed.get_app_config(app), verbosity=0, using=using, apps=apps)
    return Permission.objects.using(using).filter(content_type__app_label=app).select_related("content_type")
