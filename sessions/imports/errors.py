"""What keeps a file from being imported."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class ImportProblem:
    """What is wrong, and where: any of the three may be empty."""

    text: str
    sheet: str = ""
    row: int | None = None
    column: str = ""

    def __str__(self):
        where = self.location
        return _("%(where)s: %(text)s") % {"where": where, "text": self.text} if where else self.text

    @property
    def location(self):
        words = {"sheet": self.sheet, "row": self.row, "column": self.column}
        if self.row and self.column:
            return _("%(sheet)s, row %(row)s, column “%(column)s”") % words
        return _("%(sheet)s, row %(row)s") % words if self.row else self.sheet


class ImportFailedError(Exception):
    """Nothing was imported; problems say why."""

    def __init__(self, problems):
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class ImportConflictError(Exception):
    """The file or the editing tables are not what was looked at."""

    def __str__(self):
        return str(
            _(
                "Nothing was imported: the programme has changed since this page was shown. Please "
                "check the changes again."
            )
        )
