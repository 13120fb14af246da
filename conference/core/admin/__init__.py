"""Base classes and form fields of the admin."""
