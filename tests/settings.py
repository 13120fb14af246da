"""The site's own settings, with what would make tests slow or dependent on this machine taken out."""

import os
import tempfile
from urllib.parse import urlsplit

os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests-only-for-tests")
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="conference-tests-"))

from conference.settings import *  # noqa: F403 - the environment has to be set first

# Tests say when to look for something newer.
REFRESH_INTERVAL = 0
# Tests of the seat lock run many threads in one process.
SEAT_LOCK_THREADS = 100
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = False
# WhiteNoise warns where there is nothing to serve from.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # A file, as on a real site: in memory, two threads would not wait for each other as they do there.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "tests.sqlite3")}  # noqa: F405

if REDIS_URL:  # noqa: F405
    # Each process of the suite has a Redis database to itself, from 8 up, for tests empty their cache.
    _number = 8 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
    CACHES["default"]["LOCATION"] = urlsplit(REDIS_URL)._replace(path=f"/{_number}").geturl()  # noqa: F405
