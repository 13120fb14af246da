# Importing these modules registers their models.
from . import audit_logs, capacity, check_in, email_templates, event_move, new_edition, registrations, special_needs  # noqa: F401
