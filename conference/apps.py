"""App configurations of the site and of the admin."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class ConferenceConfig(AppConfig):
    name = "conference"
    verbose_name = _("Conference")

    def ready(self) -> None:
        from .core import database
        from .core.i18n.countries import register_country_list_provider
        from .countries import get_current_list
        from .permissions import create_missing_groups

        register_country_list_provider(get_current_list)
        pre_migrate.connect(database.extend_before_migrations, sender=self)
        post_migrate.connect(create_missing_groups, sender=self)
        post_migrate.connect(database.restore_after_migrations, sender=self)


class ConferenceAdminConfig(AdminConfig):
    """Django's admin with the site's own AdminSite."""

    default_site = "conference.admin.site.ConferenceAdminSite"

    def ready(self) -> None:
        super().ready()
        # After autodiscovery, because these modules replace registrations of Django and allauth.
        from .admin import authenticators, conference, content, countries, invitations, users  # noqa: F401 - registers them
