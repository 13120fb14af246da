# Importing these modules registers their models; nothing here uses the names.
# ruff: noqa: F401
from ..certificates import admin as certificates_admin
from . import audit_logs, capacity, check_in, email_templates, event_move, new_edition, registrations, special_needs
from .badges import batches, layouts
