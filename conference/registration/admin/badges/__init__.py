# Importing these modules registers their models.
from . import batches, layouts  # noqa: F401
