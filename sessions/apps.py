from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SessionsConfig(AppConfig):
    name = "sessions"
    # Django's own sessions app owns the label "sessions".
    label = "programme"
    verbose_name = _("Programme")

    def ready(self) -> None:
        from conference.facts import register_facts_provider

        from .releases.current import get_published_facts

        register_facts_provider(get_published_facts)
