"""Errors of reading, publishing and restoring releases."""

from collections.abc import Iterable

from django.utils.translation import gettext as _


class UnsupportedFormatError(ValueError):
    """The document has a format number that this version of the software does not read."""


class InvalidDocumentError(ValueError):
    """The document does not have the structure of its format."""


class NothingToPublishError(Exception):
    """The draft is the same as the current release."""

    def __str__(self):
        return _("Nothing has changed since the current release.")


class ConcurrentChangeError(Exception):
    """The draft changed while it was being read."""

    def __str__(self):
        return _("Nothing was changed: another user is saving at this moment. Please try again.")


class RestoreError(Exception):
    """The draft differs from the release after restoring it, most likely because of a concurrent change."""

    def __str__(self):
        return _("Nothing was restored: the release does not match the current tables. Please try again.")


class OutdatedPreviewError(Exception):
    """The draft or the current release changed after the preview."""


class InvalidDraftError(Exception):
    """The draft (or the release) cannot be read as a programme, or there is no conference."""


class PublishBlockedError(Exception):
    """The draft has blocking issues."""

    def __init__(self, issues: Iterable):
        super().__init__(issues)
        self.issues = issues

    def __str__(self):
        return "\n".join([_("Nothing was published. Fix these problems first:"), *(i.text for i in self.issues)])
