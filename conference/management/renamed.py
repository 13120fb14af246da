"""Commands under the name that they had in earlier versions."""

from django.core.management.base import BaseCommand


class RenamedCommandMixin(BaseCommand):
    """Warn that the command has a new name, and run it."""

    old_name: str
    new_name: str

    def execute(self, *args, **options) -> str | None:
        warning = f"“manage.py {self.old_name}” is now “manage.py {self.new_name}”; the old name will be removed."
        self.stderr.write(self.style.WARNING(warning))
        return super().execute(*args, **options)
