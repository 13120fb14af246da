from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _


class UnsupportedFormatError(ValueError):
    """The document is of a format that this software does not know, most likely a newer one."""


class InvalidDocumentError(ValueError):
    """The document does not have the shape that its format promises."""


class NothingToPublishError(Exception):
    """The draft is the same as the current release."""

    def __str__(self):
        return str(_("Nothing has changed since the current release."))


class ConcurrentChangeError(Exception):
    """Others save so much at this moment that no whole draft can be read."""

    def __str__(self):
        return str(_("Nothing was changed: another user is saving at this moment. Please try again."))


class RestoreError(Exception):
    """The tables would not say what the release says, most likely because somebody else is saving just now."""

    def __str__(self):
        return str(_("Nothing was restored: the release does not match the current tables. Please try again."))


class OutdatedPreviewError(Exception):
    """The draft or the current release is not what was looked at."""


class InvalidDraftError(Exception):
    """There is no conference, or the draft (or the release) cannot be read as a programme."""


class PublishBlockedError(Exception):
    """Findings keep the draft from being published: these."""

    def __init__(self, findings):
        super().__init__(findings)
        self.findings = findings

    def __str__(self):
        return "\n".join([_("Nothing was published. Fix these problems first:"), *self.reasons])

    @property
    def reasons(self):
        return [str(finding.text) for finding in self.findings]
