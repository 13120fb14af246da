"""Settings, in sections. Environment variables are read here and nowhere else.

By default the site is a local development site: SQLite and files in the data directory var/, http://127.0.0.1:8000.
Variables such as DATABASE_URL and SITE_URL configure a deployment; docs/operations.md lists them.
"""

from pathlib import Path
from urllib.parse import quote

import dj_email_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError, validate

from . import environment
from .accounts import form_classes
from .formats.countries import COUNTRY_NAMES
from .registration.tickets.wallet import keys as wallet_keys

BASE_DIR = Path(__file__).resolve().parent.parent
environment.apply_renamed_variables()
env = Env()

# Data directory and environment

DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var")))


def load_secret_key() -> str:
    """Return the key from the environment or, on a local site, from the file that quickstart created."""
    key_file = DATA_DIR / "secret_key"
    try:
        return env.str("SECRET_KEY", None) or key_file.read_text().strip()
    except OSError:
        raise ImproperlyConfigured(
            f"SECRET_KEY is missing: set it in the environment, or run manage.py quickstart to create {key_file}."
        ) from None


try:
    DEBUG = env.bool("DEBUG", False)
    SECRET_KEY = load_secret_key()
    # Former keys: they verify existing signatures and sign nothing new.
    SECRET_KEY_FALLBACKS = [key for key in map(str.strip, env.list("SECRET_KEY_FALLBACKS", [])) if key]
    SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
    DATABASES = {
        "default": env.dj_db_url(
            "DATABASE_URL", f"sqlite:///{quote(str(DATA_DIR))}/conference.sqlite3", conn_max_age=60
        )
    }
    # Seconds; PostgreSQL only. docs/operations.md explains each limit.
    at_least_one = validate.Range(min=1)
    DATABASE_CONNECT_TIMEOUT = env.int("DATABASE_CONNECT_TIMEOUT", 3, validate=at_least_one)
    DATABASE_NETWORK_TIMEOUT = env.int("DATABASE_NETWORK_TIMEOUT", 5, validate=at_least_one)
    DATABASE_STATEMENT_TIMEOUT = env.int("DATABASE_STATEMENT_TIMEOUT", 10, validate=at_least_one)
    DATABASE_LOCK_TIMEOUT = env.int("DATABASE_LOCK_TIMEOUT", 3, validate=at_least_one)
    DATABASE_IDLE_TIMEOUT = env.int("DATABASE_IDLE_TIMEOUT", 30, validate=at_least_one)
    DATABASE_LONG_STATEMENT_TIMEOUT = env.int("DATABASE_LONG_STATEMENT_TIMEOUT", 600, validate=at_least_one)
    DATABASE_LONG_LOCK_TIMEOUT = env.int("DATABASE_LONG_LOCK_TIMEOUT", 10, validate=at_least_one)
    REDIS_URL = env.str("REDIS_URL", "")
    _email_url = env.str("EMAIL_URL", "")
    DEV_OUTBOX = env.bool("DEV_OUTBOX", False)
    TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
    MAINTENANCE = env.bool("MAINTENANCE", False)
    # The organizer account that quickstart creates; it generates a password if none is given.
    ORGANIZER_EMAIL = env.str("ORGANIZER_EMAIL", "organizer@conference.example")
    ORGANIZER_PASSWORD = env.str("ORGANIZER_PASSWORD", "")
    MFA_OPTIONAL_LOCALLY = env.bool("MFA_OPTIONAL_LOCALLY", False)
    # Wallet passes are offered only with these keys; both are None without them.
    APPLE_WALLET, GOOGLE_WALLET = wallet_keys.read_apple_wallet(env), wallet_keys.read_google_wallet(env)
except EnvError as error:
    raise ImproperlyConfigured(str(error)) from error

_site_url = environment.check_site_url(SITE_URL)
SITE_HOST, IS_HTTPS = _site_url.hostname, _site_url.scheme == "https"
# A site that only this machine can reach. Only there may the second factor be optional and the outbox be public.
IS_LOCAL = not IS_HTTPS and SITE_HOST in ("127.0.0.1", "localhost", "::1")

environment.check_secret_key("SECRET_KEY", SECRET_KEY)
for _key in SECRET_KEY_FALLBACKS:
    environment.check_secret_key("SECRET_KEY_FALLBACKS", _key)
environment.check_debug(DEBUG, local=IS_LOCAL)
environment.check_database(DATABASES["default"])
environment.check_redis_url(REDIS_URL)
environment.check_email_url(_email_url, local=IS_LOCAL)
EMAIL_CONFIG = dj_email_url.parse(_email_url or "console://")

MFA_OPTIONAL_LOCALLY = IS_LOCAL and MFA_OPTIONAL_LOCALLY
DEV_OUTBOX = IS_LOCAL and DEV_OUTBOX and EMAIL_CONFIG["EMAIL_BACKEND"].endswith("console.EmailBackend")

# Applications and middleware

INSTALLED_APPS = [
    "conference.apps.ConferenceConfig",
    "conference.mail.apps.MailConfig",
    "conference.accounts.apps.AccountsConfig",
    "sessions.apps.SessionsConfig",
    "speakers.apps.SpeakersConfig",
    "conference.registration.apps.RegistrationConfig",
    "django_countries",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "conference.apps.ConferenceAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
]

MIDDLEWARE = [
    # First: stored responses already contain the headers of all other middleware.
    "conference.core.page_cache.PageCacheMiddleware",
    # Before the others, so that redirects and error responses have these headers too.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "conference.middleware.security_headers",
    "conference.middleware.revalidate_permanent_redirects",
    "django.middleware.security.SecurityMiddleware",
    # Before anything reads the query, the cookies or the body.
    "conference.middleware.reject_malformed_requests",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "conference.middleware.maintenance_mode",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "conference.middleware.signed_in_cookie",
    "conference.middleware.URLLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "conference.middleware.RejectMalformedFormMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Needs request.user. The CSRF check reads the body later, in process_view.
    "conference.body_limits.limit_request_body",
    "django.contrib.messages.middleware.MessageMiddleware",
    "conference.core.form_recovery.middleware.FormRecoveryMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "conference.middleware.ServiceUnavailableMiddleware",
]

ROOT_URLCONF = "conference.urls"
WSGI_APPLICATION = "conference.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "conference.context_processors.conference",
            ],
        },
    }
]

# Database and cache

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Writers wait up to ten seconds for each other; with WAL, readers never wait.
        "timeout": 10,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = environment.postgresql_options(
        DATABASES["default"].get("OPTIONS", {}),
        connect_timeout=DATABASE_CONNECT_TIMEOUT,
        network_timeout=DATABASE_NETWORK_TIMEOUT,
        session_timeouts={
            "statement_timeout": DATABASE_STATEMENT_TIMEOUT,
            "lock_timeout": DATABASE_LOCK_TIMEOUT,
            "idle_in_transaction_session_timeout": DATABASE_IDLE_TIMEOUT,
        },
    )

# For migrations, imports, publishing and other bulk work (conference/core/database.py).
DATABASE_LONG_TIMEOUTS = {
    "statement_timeout": f"{DATABASE_LONG_STATEMENT_TIMEOUT}s",
    "lock_timeout": f"{DATABASE_LONG_LOCK_TIMEOUT}s",
    "idle_in_transaction_session_timeout": f"{DATABASE_LONG_STATEMENT_TIMEOUT}s",
}
# Threads per process that may hold or wait for the seat lock; as many wait to do so. Together they are fewer than
# gunicorn's (deploy/gunicorn.conf.py), so that a blocked lock leaves threads for pages, sign-in and health checks.
SEAT_LOCK_THREADS = 8

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": (
        {
            "BACKEND": "conference.core.redis_cache.FallbackRedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},  # seconds
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    ),
    # For {% cache %}, per process: session cards of a release per language and time zone.
    "template_fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "template_fragments",
        "OPTIONS": {"MAX_ENTRIES": 4000},
    },
}

# Seconds between checks of a process for newly published data; 0 means only on an explicit refresh.
REFRESH_INTERVAL = 0.5

# Internationalization

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("vi", "Tiếng Việt")]
LOCALE_PATHS = [BASE_DIR / "conference" / "locale"]
# Default time zone. The admin and the public pages use the conference's own.
TIME_ZONE = "Asia/Ho_Chi_Minh"
FORMAT_MODULE_PATH = ["conference.formats"]
COUNTRIES_OVERRIDE = COUNTRY_NAMES

# Static files and uploads

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", "") or DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL, MEDIA_ROOT = "/media/", DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "conference.core.static_files.ModuleStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# Authentication

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "conference.accounts.email_ownership.VerifiedEmailBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "conference.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Send nothing to an address without an account, which another person may have entered.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Attendees sign in with a code sent by e-mail. Timeout in seconds; attempts and resends per sign-in.
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 3
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 8}
ACCOUNT_FORMS = form_classes.ACCOUNT_FORMS
# Including unverified ones: each sends an e-mail to an address that may be another person's.
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
# A whole delegation may share one IP address. Codes, password resets and failed passwords are limited per client and
# e-mail address first, then per e-mail address. All limits end within an hour, so that a stranger cannot lock the owner
# of an address out.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "120/m/ip",
    "code_by_client": "5/10m/key,10/h/key",
    "code_to_address": "20/h/key",
    "reset_by_client": "5/10m/key,10/h/key",
    "reset_password": "20/m/ip,20/h/key",
    "password_by_client": "5/5m/key,20/h/key",
    "password_for_address": "100/h/key",
    "register": "300/m/ip",
    "submit": "10/m/user",
    "offer": "120/m/ip",
    "ticket": "10/m/user,60/h/user",
    "certificate": "60/m/ip",
    "draft": "300/m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_ADAPTER = "conference.accounts.adapters.ConferenceMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = form_classes.MFA_FORMS
# Sign-up is closed, so an unverified address cannot lock its owner out. Users with a second factor may change address.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# allauth remembers a used code for 30 seconds. With a tolerance the code would be valid again after that.
MFA_TOTP_TOLERANCE = 0

# E-mail

# Requests queue e-mails in the database; the worker sends them with this backend (conference/mail/sender.py).
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend" if DEV_OUTBOX else EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = EMAIL_CONFIG["EMAIL_HOST"], EMAIL_CONFIG["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL_CONFIG["EMAIL_HOST_USER"], EMAIL_CONFIG["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_CONFIG["EMAIL_USE_TLS"], EMAIL_CONFIG["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"conference@{SITE_HOST}")

# Security

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [SITE_HOST] + ([] if IS_HTTPS else ["127.0.0.1", "localhost", "[::1]"]))
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "conference.error_views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        # For the speculation rules that site.js adds; browsers run no script from them.
        "script-src": [SELF, "'inline-speculation-rules'"],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_HSTS_SECONDS = 63_072_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
if IS_HTTPS:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
CSRF_COOKIE_HTTPONLY = True

# Logging

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
