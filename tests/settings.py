"""The site's own settings, with what would make tests slow or dependent on this machine taken out."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests-only-for-tests")
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="conference-tests-"))

from conference.settings import *  # noqa: F403 - the environment has to be set first

# Tests say when to look for something newer.
LIVE_INTERVAL = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = False
