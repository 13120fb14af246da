"""Settings of the test run: those of the site without what is slow or depends on the machine."""

import os
import tempfile
from urllib.parse import urlsplit

os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests-only-for-tests")
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="conference-tests-"))
# Seconds. On a slow machine, tests with many threads wait longer for locks than requests of the site may.
os.environ.update(
    DATABASE_CONNECT_TIMEOUT="30",
    DATABASE_STATEMENT_TIMEOUT="100",
    DATABASE_LOCK_TIMEOUT="50",
    DATABASE_IDLE_TIMEOUT="100",
    DATABASE_LONG_LOCK_TIMEOUT="90",
)

# Tests change these settings; the environment has to be set first.
# ruff: noqa: F403, F405
from conference.settings import *

# Tests refresh published data explicitly.
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
# WhiteNoise warns if the directory does not exist.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, because threads lock an in-memory database differently.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "tests.sqlite3")}

if REDIS_URL:
    # Tests clear their cache, so each test process uses its own Redis database, from 8 up.
    _redis_database = 8 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
    CACHES["default"]["LOCATION"] = urlsplit(REDIS_URL)._replace(path=f"/{_redis_database}").geturl()
