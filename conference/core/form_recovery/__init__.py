"""Recovery of forms that were submitted in vain: the session had ended, the CSRF token was replaced, or a 503 error.

The form is shown again with the submitted values. Nothing is executed until the user submits it again.
"""
