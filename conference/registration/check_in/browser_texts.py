"""Texts that the scripts of the check-in page show, also without a network. Placeholders look like %(name)s."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

TEXTS: dict[str, str | Promise] = {
    # Answers from the stored list
    "already_in": gettext_lazy("Already in since %(time)s at %(entrance)s"),
    "not_today": gettext_lazy("Not today: %(days)s"),
    "not_in_list": gettext_lazy("Not in the list of %(time)s. The ticket may be newer than the list."),
    "left": gettext_lazy("Checked out"),
    "let_in": gettext_lazy("Let in"),
    "undone": gettext_lazy("Undone"),
    # Search
    "people_found": gettext_lazy("People found: %(number)s"),
    "nobody_found": gettext_lazy("No one found."),
    "inside": gettext_lazy("Already in"),
    # Network and queue
    "online": gettext_lazy("Online. List of %(list)s."),
    "online_without_list": gettext_lazy("Online."),
    "offline": gettext_lazy("Offline since %(since)s. List of %(list)s, %(minutes)s min old."),
    "offline_without_list": gettext_lazy("Offline since %(since)s. There is no list on this device."),
    "queue_length": gettext_lazy("Not sent yet: %(number)s"),
    "let_in_offline": gettext_lazy("Recorded on this device at %(time)s without a network."),
    # Problems
    "refused": gettext_lazy("Not possible"),
    "no_answer": gettext_lazy("No answer from the site"),
    "no_answer_detail": gettext_lazy("Nothing was recorded. Check the network and try again."),
    "failed": gettext_lazy("Something went wrong"),
    "failed_detail": gettext_lazy("Nothing was recorded. Reload the page and try again."),
    "signed_out": gettext_lazy("You are signed out. Sign in again; what is not sent yet stays on this device."),
    "revoked": gettext_lazy("The access of this device has ended. All data on it were erased."),
    "note_saved": gettext_lazy("The note is saved."),
    # Camera
    "camera_denied": gettext_lazy(
        "The browser may not use the camera. Allow it in the settings of the browser, or type."
    ),
    "camera_missing": gettext_lazy("There is no camera. Type the number or the name, or use a scanner."),
    "camera_busy": gettext_lazy("Another application uses the camera. Close it and try again."),
    "camera_failed": gettext_lazy("The camera could not be started. Type the number or the name."),
    "camera_insecure": gettext_lazy("The camera needs a secure connection (https). Type the number or the name."),
}
