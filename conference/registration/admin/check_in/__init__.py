"""Admin of check-in: entrances, devices, and the record of who entered and left."""

from . import check_ins, devices, entrances  # noqa: F401 - registers their models
