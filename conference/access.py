"""Who may do what: the groups that organizers are put into.

A group is made, with its permissions, by the first migrate that finds it missing. From then on it belongs to the people
who run the site: what they add to it or take from it stays. A permission that comes with a later version is given to
the groups that exist by a migration. So where *Programme editors* was made before there were *Publishers*, it goes on
publishing until somebody takes that from it.
"""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions

EDITING = ("add", "change", "delete", "view")
LOOKING = ("view",)

PROGRAMME = (
    "programme.session",
    "programme.sessionlink",
    "programme.participation",
    "programme.room",
    "programme.theme",
    "speakers.speaker",
    "speakers.speakerlink",
)
WORDS = ("conference.page", "conference.partner", "conference.announcement")
LIMITS = ("registration.house", "registration.quota")
FOLLOWING = ("registration.step", "registration.seat", "registration.ticket", "registration.export")

# For each group, the models and what may be done with them. Who drafts does not publish; a person may be in both.
GROUPS = {
    "Programme editors": dict.fromkeys(PROGRAMME, EDITING) | {"programme.release": LOOKING},
    "Publishers": dict.fromkeys(PROGRAMME, LOOKING) | {"programme.release": ("view", "publish")},
    "Communications": dict.fromkeys(WORDS, EDITING)
    | {"conference.conference": ("view", "change"), "registration.lettertext": ("view", "change")},
    "Registrars": dict.fromkeys(LIMITS, ("view", "change"))
    | dict.fromkeys(FOLLOWING, LOOKING)
    | {
        "conference.conference": LOOKING,
        "registration.registration": ("view", "change", "decide", "export"),
        "registration.category": ("add", "view", "change"),
        "registration.consent": ("add", "view"),
        "registration.lettertext": ("view", "change"),
        "registration.letter": ("view", "resend"),
        "registration.opening": LOOKING,
    },
    # Those who see to ramps, interpreters and meals.
    "Hospitality": {"registration.registration": LOOKING, "registration.needs": LOOKING},
    "Viewers": dict.fromkeys((*PROGRAMME, *WORDS, "programme.release", "conference.conference"), LOOKING),
}


def permissions(group):
    """What a group is made with, as Django spells it: {"programme.add_session", ..., "programme.publish"}."""
    return {_permission(model, action) for model, actions in GROUPS[group].items() for action in actions}


def _permission(model, action):
    app, name = model.split(".")
    return f"{app}.{action}_{name}" if action in EDITING else f"{app}.{action}"


def grant(group, apps, *, using):
    """Give a group that exists already all that it would be made with, for a migration that brings new models."""
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    found = Group.objects.using(using).filter(name=group).first()
    if found is not None:
        found.permissions.add(*_wanted(group, Permission, using, apps))


def make_groups(*, using, apps=installed, **_):
    """Make the groups that are missing. Called after each migrate; while only some apps are migrated, it waits."""
    try:
        Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return
    for name in GROUPS:
        if not Group.objects.using(using).filter(name=name).exists():
            _make(name, Group, Permission, using, apps)


def _make(name, Group, Permission, using, apps):
    wanted = _wanted(name, Permission, using, apps)
    if len(wanted) == len(permissions(name)):
        Group.objects.using(using).create(name=name).permissions.set(wanted)


def _wanted(group, Permission, using, apps):
    found = [row for app in _apps(group) for row in _permissions_of(app, Permission, using, apps)]
    return [row for row in found if f"{row.content_type.app_label}.{row.codename}" in permissions(group)]


def _apps(group):
    return {model.partition(".")[0] for model in GROUPS[group]}


def _permissions_of(app, Permission, using, apps):
    # Django makes an app's permissions when that app's turn comes, which may be after this one's.
    create_permissions(installed.get_app_config(app), verbosity=0, using=using, apps=apps)
    return Permission.objects.using(using).filter(content_type__app_label=app).select_related("content_type")
