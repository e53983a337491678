"""Django's settings, all from the environment.

``TENURE_HOME`` holds everything that is yours (database, lake, uploads, key). ``TENURE_DATABASE_URL`` and
``TENURE_LAKE_URL`` move the two stores elsewhere. ``TENURE_MAIL_URL`` and ``TENURE_MAIL_FROM`` let mails out,
``TENURE_URL`` is the address that their links begin with. ``TENURE_DEMO=1`` shows one-click sign-in; never set it in
earnest.
"""

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

PACKAGE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("TENURE_HOME", "var")).expanduser().resolve()
HOME.mkdir(parents=True, exist_ok=True)


def _key() -> str:
    """The deployment's secret: from the environment, or made once and kept in the home, readable by its owner alone."""
    given = os.environ.get("TENURE_SECRET_KEY")
    if given:
        return given
    path = HOME / "secret.key"
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


def _database(url: str) -> dict[str, object]:
    """Django's dictionary for a database URL: ``sqlite:///path`` or ``postgresql://user:password@host:port/name``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]) or HOME / "tenure.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
            },
        }
    if parts.scheme in ("postgresql", "postgres"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or dict(parse_qsl(parts.query)).get("host", ""),
            "PORT": str(parts.port or ""),
            "OPTIONS": {"pool": True},
        }
    raise ValueError(f"TENURE_DATABASE_URL: {parts.scheme!r} is not known; expected sqlite:///… or postgresql://…")


def _mail(url: str) -> dict[str, object]:
    """Django's mail settings for a URL: ``smtp://user:password@host:port?tls=1``, ``smtps://`` for TLS from the start.

    Without one, what is asked for at once (a new password) is printed, and the outbox keeps its mails.
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError(f"TENURE_MAIL_URL: {parts.scheme!r} is not known; expected smtp://host:port or smtps://…")
    is_tls = dict(parse_qsl(parts.query)).get("tls") == "1"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtps": 465}.get(parts.scheme, 587 if is_tls else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and is_tls,
        "EMAIL_TIMEOUT": 10,
    }


DEMO = os.environ.get("TENURE_DEMO") == "1"
# A home to practise in keeps everything in itself, whatever the environment says of a real one: its own database, its
# own lake, no mail.
PRACTICE = (HOME / "practice.json").exists()
DEBUG = os.environ.get("TENURE_DEBUG") == "1"
SECRET_KEY = _key()
ALLOWED_HOSTS = os.environ.get("TENURE_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("TENURE_ORIGINS", "").split(",") if origin]

_OWN_LAKE = f"sqlite:///{quote(str(HOME / 'lake' / 'catalog.sqlite3'))}"
LAKE_URL = _OWN_LAKE if PRACTICE else os.environ.get("TENURE_LAKE_URL", _OWN_LAKE)
UPLOADS = HOME / "uploads"
UPLOAD_MOST = int(os.environ.get("TENURE_UPLOAD_MB", "500")) * 1024 * 1024  # bytes that one handed-in file may have
UPLOAD_SCAN = os.environ.get("TENURE_SCAN", "")  # a command that looks at each, such as clamdscan --no-summary {path}

# What is counted to slow down whoever guesses passwords or floods the intake counts for all processes together.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": HOME / "cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# Hosts and networks beyond the open internet to which connectors may go, such as "mail.local,10.0.0.0/8".
PRIVATE_HOSTS = tuple(filter(None, os.environ.get("TENURE_PRIVATE_HOSTS", "").replace(" ", "").split(",")))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "tenure.identity",
    "tenure.records",
    "tenure.work",
    "tenure.sources",
    "tenure.pipeline",
    "tenure.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenure.web.middleware.ContentSecurityPolicy",
    "tenure.web.middleware.StillFilling",
    "tenure.web.middleware.SignedInOnly",
    "tenure.web.middleware.Refusals",
]
ROOT_URLCONF = "tenure.web.urls"
WSGI_APPLICATION = "tenure.web.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenure.web.context.shell",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton", "tenure.web.templatetags.tenure"],
        },
    }
]

COTTON_ISOLATE_BY_DEFAULT = True
FORM_RENDERER = "tenure.web.fields.Renderer"

DATABASES = {"default": _database("sqlite://" if PRACTICE else os.environ.get("TENURE_DATABASE_URL", "sqlite://"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIGRATION_MODULES: dict[str, str] = {}

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

STATIC_URL = "static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": UPLOADS}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

AUTH_USER_MODEL = "identity.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_FORMS = {
    "login": "tenure.web.signin.SignInForm",
    "reset_password": "tenure.web.signin.ResetForm",
    "reset_password_from_key": "tenure.web.signin.NewPasswordForm",
}
ACCOUNT_ADAPTER = "tenure.web.signin.InvitationOnly"
ACCOUNT_RATE_LIMITS = {"login_failed": "8/m/ip,5/5m/key", "portal_link": "20/m/ip,3/10m/key"}
SOCIALACCOUNT_ADAPTER = "tenure.web.signin.KnownPeopleOnly"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": os.environ.get("TENURE_OIDC_NAME", "Single sign-on"),
                "client_id": os.environ["TENURE_OIDC_CLIENT_ID"],
                "secret": os.environ.get("TENURE_OIDC_SECRET", ""),
                "settings": {"server_url": os.environ.get("TENURE_OIDC_URL", "")},
            }
        ]
        if "TENURE_OIDC_CLIENT_ID" in os.environ
        else []
    }
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tenure"
MFA_ADAPTER = "tenure.web.signin.SecondStep"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # whoever is here was invited under the address

if PRACTICE:
    # Browsers share cookies between the ports of a host: signing in to practise leaves the real home signed in.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "practice_session", "practice_csrf"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_COOKIES = os.environ.get("TENURE_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

_MAIL_URL = "" if PRACTICE else os.environ.get("TENURE_MAIL_URL", "")
globals().update(_mail(_MAIL_URL))
MAIL_FROM = os.environ.get("TENURE_MAIL_FROM", "") if _MAIL_URL else ""  # empty: mails wait in the outbox
DEFAULT_FROM_EMAIL = MAIL_FROM or "tenure@localhost"
# A company that was made up has made-up addresses, which may belong to somebody.
KEEPS_MAIL = DEMO or PRACTICE or any((HOME / name).exists() for name in ("demo.json", "truth.jsonl"))
# Where people open these pages, for links in mails.
PUBLIC_URL = os.environ.get("TENURE_URL", next(iter(CSRF_TRUSTED_ORIGINS), "http://localhost:8000")).rstrip("/")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {
        "unexpected": {
            "()": "django.utils.log.CallbackFilter",
            # Pages of ours say so while something is not there yet; nothing is wrong then.
            "callback": lambda record: getattr(record, "status_code", 0) != 503,
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"django.request": {"filters": ["unexpected"]}, "pyiceberg.io": {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": os.environ.get("TENURE_LOG", "INFO")},
}
