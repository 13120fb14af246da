# Importing these modules registers their models.
from ..certificates import admin as certificates_admin  # noqa: F401
from . import audit_logs, capacity, check_in, email_templates, event_move, new_edition, registrations, special_needs  # noqa: F401
from .badges import batches, layouts  # noqa: F401
