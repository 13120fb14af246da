# Importing these modules registers their models.
from . import audit_logs, capacity, email_templates, registrations, special_needs  # noqa: F401
