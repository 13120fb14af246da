"""Admin of check-in: entrances, devices, and the record of who entered and left."""

# Importing these modules registers their models.
from . import check_ins, devices, entrances  # noqa: F401
