"""Problems found in an imported file, and the exceptions that stop an import."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class ImportProblem:
    """One problem and its location; sheet, row and column are empty where they do not apply."""

    text: str
    sheet: str = ""
    row: int | None = None
    column: str = ""

    def __str__(self) -> str:
        location = self.location
        return _("%(where)s: %(text)s") % {"where": location, "text": self.text} if location else self.text

    @property
    def location(self) -> str:
        values = {"sheet": self.sheet, "row": self.row, "column": self.column}
        if self.row and self.column:
            return _("%(sheet)s, row %(row)s, column “%(column)s”") % values
        return _("%(sheet)s, row %(row)s") % values if self.row else self.sheet


class ImportFailedError(Exception):
    """The file contains problems; nothing was imported."""

    def __init__(self, problems: Sequence[ImportProblem]):
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class ImportConflictError(Exception):
    """The file or the draft changed after the preview; nothing was imported."""

    def __str__(self) -> str:
        return _(
            "Nothing was imported: the programme has changed since this page was shown. Please check the changes again."
        )
