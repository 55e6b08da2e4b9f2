"""Django's settings, all from the environment; docs/operator.md lists the variables."""

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from callmark.log_format import logging_for_django
from callmark.ops.probe_places import probes_from
from callmark.policy.prompt_words import OWN_NAMES, PromptLanguage
from callmark.sign_in.oidc import BadOidcSettings, providers_from
from callmark.switches.asterisk.cdr.field import DEFAULT as DEFAULT_CDR_FIELD
from callmark.switches.asterisk.cdr.field import CdrField
from callmark.switches.freeswitch.variables import DEFAULT_PORT as DEFAULT_FREESWITCH_PORT
from callmark.webhooks.hosts import parse_hosts

PACKAGE_DIR = Path(__file__).resolve().parent
PROJECT_DIR = PACKAGE_DIR.parent.parent


def _flag(name: str, default: bool) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    try:
        return int(text)
    except ValueError:
        sys.exit(f"{name} must be a whole number, not {text!r}.")


DATA_DIR = Path(os.environ.get("CALLMARK_DATA_DIR", "data")).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)


def _kept_secret(variable: str, file_name: str) -> str:
    if key := os.environ.get(variable):
        return key
    path = DATA_DIR / file_name
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


SECRET_KEY = _kept_secret("CALLMARK_SECRET_KEY", "secret-key")
if len(SECRET_KEY) < 32:
    sys.exit("CALLMARK_SECRET_KEY is too short: use 32 random characters or more.")
# API tokens are stored as a hash keyed with this: another value makes every token invalid.
API_TOKEN_PEPPER = _kept_secret("CALLMARK_API_TOKEN_PEPPER", "api-token-pepper")
ALLOWED_HOSTS = os.environ.get("CALLMARK_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [
    origin for origin in os.environ.get("CALLMARK_TRUSTED_ORIGINS", "").split(",") if origin
]

HTTP_HOST = os.environ.get("CALLMARK_HOST", "127.0.0.1")
HTTP_PORT = _number("CALLMARK_PORT", 8000)
HTTPS = _flag("CALLMARK_HTTPS", False)
DEBUG = _flag("CALLMARK_DEBUG", False)
if DEBUG and (HTTPS or HTTP_HOST not in {"127.0.0.1", "localhost", "::1"}):
    sys.exit(
        "CALLMARK_DEBUG shows settings and code to anyone who sees an error: only on loopback."
    )
AGI_HOST = os.environ.get("CALLMARK_AGI_HOST", "127.0.0.1")
AGI_PORT = _number("CALLMARK_AGI_PORT", 4583)
AGI_ALLOW = os.environ.get("CALLMARK_AGI_ALLOW", "127.0.0.0/8,::1/128").split(",")
# Made by 'callmark asterisk config', which gives it to the switch, too. Set but empty: none.
AGI_SECRET_FILE = DATA_DIR / "agi-secret"
AGI_SECRET = os.environ.get(
    "CALLMARK_AGI_SECRET", AGI_SECRET_FILE.read_text() if AGI_SECRET_FILE.exists() else ""
)
# A FreeSWITCH on this machine, by the name it has here; empty: there is none.
FREESWITCH_SWITCH = os.environ.get("CALLMARK_FREESWITCH_SWITCH", "")
FREESWITCH_PORT = _number("CALLMARK_FREESWITCH_PORT", DEFAULT_FREESWITCH_PORT)
FREESWITCH_EVENT_SOCKET = os.environ.get("CALLMARK_FREESWITCH_EVENT_SOCKET", "127.0.0.1:8021")
_freeswitch_password = DATA_DIR / "freeswitch-password"
FREESWITCH_PASSWORD = os.environ.get(
    "CALLMARK_FREESWITCH_PASSWORD",
    _freeswitch_password.read_text().strip() if _freeswitch_password.exists() else "",
)
# Its own CDR, which 'callmark run' follows: the folder of mod_json_cdr, or a Master.csv.
FREESWITCH_CDR = os.environ.get("CALLMARK_FREESWITCH_CDR", "")
SPOOL_DIR = DATA_DIR / "spool"
GATE_PROCESSES, PROBES, METRICS_TOKEN = probes_from(os.environ)
# The switch's own CDR, which 'callmark run' follows: a file, or FreePBX's database.
CDR_FILE = os.environ.get("CALLMARK_CDR_FILE", "")
CDR_DATABASE_URL = os.environ.get("CALLMARK_CDR_DATABASE_URL", "")
CDR_SWITCH = os.environ.get("CALLMARK_CDR_SWITCH", "main")
try:
    CDR_TIME_ZONE = ZoneInfo(os.environ.get("CALLMARK_CDR_TIME_ZONE", "UTC"))
    CDR_FIELD = CdrField.parse(os.environ.get("CALLMARK_CDR_FIELD", DEFAULT_CDR_FIELD))
except (ValueError, ZoneInfoNotFoundError) as _problem:
    sys.exit(f"CALLMARK_CDR_TIME_ZONE or CALLMARK_CDR_FIELD: {_problem}.")
# Held apart from the database: put it on another disk or mount it as a secret.
CODE_KEYS_FILE = Path(os.environ.get("CALLMARK_CODE_KEYS_FILE", DATA_DIR / "code-keys"))
_repository_prompts = PROJECT_DIR / "prompts"
PROMPTS_DIR = _repository_prompts if _repository_prompts.is_dir() else PACKAGE_DIR / "prompts"
"""A folder for each language."""
# The guide for administrators, which the portal shows: in an installed package beside it.
_repository_guide = PROJECT_DIR / "docs"
_guide = _repository_guide if _repository_guide.is_dir() else PACKAGE_DIR / "guide"
_guides = ["administrator", "users", "codes", "costs", "calls", "bills", "accounts"]
_folders = {one.value: _guide / one.value for one in PromptLanguage} | {"en": _guide}
GUIDE_FILES = {it: tuple(at / f"{one}.md" for one in _guides) for it, at in _folders.items()}
SWITCH_GUIDES = {one: _guide / f"{one}.md" for one in ("asterisk", "freeswitch")}
"""Those of operators, to connect a switch by."""

LOCKOUT_WRONG_ENTRIES = _number("CALLMARK_LOCKOUT_WRONG_ENTRIES", 10)
LOCKOUT_WITHIN_SECONDS = _number("CALLMARK_LOCKOUT_WITHIN_SECONDS", 900)
LOCKOUT_SECONDS = _number("CALLMARK_LOCKOUT_SECONDS", 900)

# Networks separated by commas that webhooks may reach although they are private, also without TLS.
WEBHOOKS_ALLOW_PRIVATE = os.environ.get("CALLMARK_WEBHOOKS_ALLOW_PRIVATE", "")
# Hosts and *.suffixes separated by commas that webhooks may go to at all; empty: any public one.
try:
    WEBHOOKS_ALLOWED_HOSTS = parse_hosts(os.environ.get("CALLMARK_WEBHOOKS_ALLOWED_HOSTS", ""))
except ValueError as _problem:
    sys.exit(f"CALLMARK_WEBHOOKS_ALLOWED_HOSTS: {_problem}.")
WEBHOOKS_KEEP_DAYS = _number("CALLMARK_WEBHOOKS_KEEP_DAYS", 30)

# Days that are kept; 0: forever. Accounts may have their own (accounts/models.py).
CALLS_KEEP_DAYS = _number("CALLMARK_CALLS_KEEP_DAYS", 0)
ACTIVITY_KEEP_DAYS = _number("CALLMARK_ACTIVITY_KEEP_DAYS", 0)
for _name, _days, _least in (
    ("CALLMARK_CALLS_KEEP_DAYS", CALLS_KEEP_DAYS, 7),
    ("CALLMARK_ACTIVITY_KEEP_DAYS", ACTIVITY_KEEP_DAYS, 30),
):
    if _days != 0 and not _least <= _days <= 36500:
        sys.exit(f"{_name} must be 0 (forever) or {_least} to 36500 days, not {_days}.")

# Web processes: each has one interpreter. SQLite's one writer at a time is no reason for only one,
# as pages read beside it.
PORTAL_WORKERS = _number("CALLMARK_PORTAL_WORKERS", 1)
if not 1 <= PORTAL_WORKERS <= 64:
    sys.exit(f"CALLMARK_PORTAL_WORKERS must be 1 to 64, not {PORTAL_WORKERS}.")
PORTAL_REQUESTS_A_MINUTE = _number("CALLMARK_PORTAL_REQUESTS_A_MINUTE", 600)
API_REQUESTS_A_MINUTE = _number("CALLMARK_API_REQUESTS_A_MINUTE", 600)
API_CALL_CONTROL_REQUESTS_A_MINUTE = _number("CALLMARK_API_CALL_CONTROL_REQUESTS_A_MINUTE", 6000)


def _database() -> dict[str, object]:
    url = os.environ.get("CALLMARK_DATABASE_URL", "")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "callmark.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 10,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
            # Else each look of a gate has SQLite clear its log away and make it anew.
            "CONN_MAX_AGE": 60,
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        sys.exit("CALLMARK_DATABASE_URL must begin with postgresql:// (leave it out for SQLite).")
    asked = parse_qs(parts.query)
    checked = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # A socket's folder comes as ?host=/path, as libpq writes it.
        "HOST": parts.hostname or asked.get("host", [""])[0],
        "PORT": parts.port or "",
        "OPTIONS": {name: asked[name][0] for name in checked if name in asked},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database()}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "callmark.audit.apps.AuditConfig",
    "callmark.accounts.apps.AccountsConfig",
    "callmark.codes.apps.CodesConfig",
    "callmark.tariffs.apps.TariffsConfig",
    "callmark.calls.apps.CallsConfig",
    "callmark.reports.handover.apps.HandoverConfig",
    "callmark.webhooks.apps.WebhooksConfig",
    "callmark.reports.apps.ReportsConfig",
    "callmark.sign_in.apps.SignInConfig",
    "callmark.switches.http.apps.CallControlConfig",
    "callmark.api.apps.ApiConfig",
    "callmark.portal.apps.PortalConfig",
]

_FOR_PAGES = ("allauth", "django_htmx", "callmark.sign_in", "callmark.switches", "callmark.api",
              "callmark.portal", "callmark.reports", "django.contrib")  # fmt: skip
APPS_WITHOUT_PAGES = [app for app in INSTALLED_APPS if not app.startswith(_FOR_PAGES)]
"""Enough to place a call and keep it; a command that does no more starts the quicker for it."""

MIDDLEWARE = [
    "callmark.web.refusal_log.RefusalLog",
    "django.middleware.security.SecurityMiddleware",
    "callmark.web.headers.ContentSecurityPolicy",
    "callmark.web.limits.BodyLimit",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "callmark.web.language.ReadersLanguage",
    "callmark.web.origin.OriginMiddleware",
    "callmark.web.headers.NoStore",
    "django.contrib.messages.middleware.MessageMiddleware",
    "callmark.sign_in.middleware.SessionLimits",
    "callmark.portal.limits.PageLimits",
    "callmark.accounts.row_security.RowSecurityMiddleware",
    "callmark.web.time_limit.QueryTimeLimit",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "callmark.web.second_factor.SecondFactorFirst",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "callmark.urls"
WSGI_APPLICATION = "callmark.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE_DIR / "portal" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
_VALIDATION = "django.contrib.auth.password_validation"
# No rule about kinds of characters: they make people choose worse passwords, not better ones.
AUTH_PASSWORD_VALIDATORS: list[dict[str, object]] = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": "callmark.sign_in.passwords.ContextWordsValidator"},
]

# --- signing in: docs/sign-in.md ---
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "callmark.sign_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# Nobody signs up: the administrator who adds a person vouches for the address.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Callmark] "
ACCOUNT_LOGOUT_ON_GET = False
# None: people are asked. False: nobody stays signed in when the browser closes.
ACCOUNT_SESSION_REMEMBER = None if _flag("CALLMARK_KEEP_SIGNED_IN", True) else False
FRESH_PASSWORD_SECONDS = 300
# Added to allauth's own: links of invitations and to new passwords, opened or guessed.
ACCOUNT_RATE_LIMITS = {"link": "20/m/ip"}

MFA_ADAPTER = "callmark.sign_in.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Callmark"
# One step of 30 s either way: for slow fingers, and for clocks that differ a little.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "callmark.sign_in.forms.SignInCodeForm",
    "reauthenticate": "callmark.sign_in.forms.ConfirmCodeForm",
    "activate_totp": "callmark.sign_in.forms.AppCodeForm",
    "add_webauthn": "callmark.sign_in.forms.NewPasskeyForm",
    "edit_webauthn": "callmark.sign_in.forms.PasskeyNameForm",
}
OPERATORS_NEED_SECOND_FACTOR = _flag("CALLMARK_OPERATORS_NEED_SECOND_FACTOR", True)
INVITATION_DAYS = _number("CALLMARK_INVITATION_DAYS", 7)

SOCIALACCOUNT_ADAPTER = "callmark.sign_in.adapters.SocialAdapter"
try:
    SOCIALACCOUNT_PROVIDERS = providers_from(os.environ)
except (BadOidcSettings, OSError) as _problem:
    sys.exit(str(_problem))
# People are found the first time by the address the provider has verified; then sign_in remembers
# who came (company_links), but not before the second factor, as allauth would.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = False

# Limits on guessing count here. In the database, as every web process must see the same count and
# a code must be used up for all of them; an account has no other store that they all share.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "sign_in_cache",
        # Far above what an attacker could fill it with to have the counts thrown out.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

# --- mail ---
EMAIL_HOST = os.environ.get("CALLMARK_SMTP_HOST", "")
EMAIL_PORT = _number("CALLMARK_SMTP_PORT", 587)
EMAIL_HOST_USER = os.environ.get("CALLMARK_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("CALLMARK_SMTP_PASSWORD", "")
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = not EMAIL_USE_SSL and _flag("CALLMARK_SMTP_STARTTLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("CALLMARK_EMAIL_FROM", "callmark@localhost")
# Without a server mail is dropped, not printed: the links in it would be in the log.
EMAIL_BACKEND = os.environ.get(
    "CALLMARK_EMAIL_BACKEND",
    f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy'}.EmailBackend",
)
MAIL_IS_SET_UP = not EMAIL_BACKEND.endswith("dummy.EmailBackend")

# --- cookies and headers ---
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if HTTPS:
    # With this prefix a browser takes the cookie from this host only, and only by HTTPS.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-callmark-session", "__Host-callmark-csrf"
    SECURE_HSTS_SECONDS = _number("CALLMARK_HSTS_SECONDS", 365 * 24 * 3600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = _flag("CALLMARK_HSTS_SUBDOMAINS", True)
# The longest that a session lasts, and how long it may be idle without "Keep me signed in".
SESSION_COOKIE_AGE = _number("CALLMARK_SESSION_HOURS", 14 * 24) * 3600
SESSION_IDLE_SECONDS = _number("CALLMARK_SESSION_IDLE_MINUTES", 8 * 60) * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# In the session, not in a cookie of their own: that one would have no "__Host-".
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
X_FRAME_OPTIONS = "DENY"
# Above the largest file that may be imported (codes/bulk.py), with room for its form.
MAX_REQUEST_BYTES = 18 * 1024 * 1024
# In memory alone: a list of codes would lie on the disk in clear.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_REQUEST_BYTES
# The proxy in front redirects to HTTPS (W008); a preload list is the domain owner's choice (W021).
SILENCED_SYSTEM_CHECKS = ["security.W008", "security.W021"]
# Only behind a proxy that sets it; otherwise a client could claim to use HTTPS.
BEHIND_PROXY = _flag("CALLMARK_BEHIND_PROXY", False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LANGUAGES = [(one.value, name) for one, name in OWN_NAMES.items()]
LANGUAGE_CODE = os.environ.get("CALLMARK_LANGUAGE", "en")
if LANGUAGE_CODE not in dict(LANGUAGES):
    sys.exit(f"CALLMARK_LANGUAGE must be one of {', '.join(dict(LANGUAGES))}: {LANGUAGE_CODE}.")
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
FORMAT_MODULE_PATH = "callmark.formats"
FORM_RENDERER = "callmark.web.form_renderer.PlainWidgets"
TIME_ZONE = os.environ.get("CALLMARK_TIME_ZONE", "UTC")
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [
    (f"callmark/prompts/{language}", PROMPTS_DIR / language / "16k") for language in PromptLanguage
]
# The built front end is small: serving it from the package needs no collectstatic step.
WHITENOISE_USE_FINDERS = True
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "callmark.portal.static_files.HashedFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "callmark.portal.static_files.HashedFiles"},
}
# No other site needs them.
WHITENOISE_ALLOW_ALL_ORIGINS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGGING = logging_for_django(os.environ)
