"""Settings of the reference backend. What differs between environments is in the environment."""
import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from kit import logging as kit_logging
from kit import sentry
from tux import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.data_dir()

DEBUG = env.flag("TUX_DEBUG")
SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured("SECRET_KEY is not set")
    SECRET_KEY = "for development only"

# Prometheus and the kubelet ask a pod by its address and cannot send another Host. POD_IP comes
# from the downward API; without it every scrape and every probe is answered with 400.
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") + env.words("POD_IP")

# Fault switches, for tests of the monitoring. Unset, the app does not exist in the process.
TUX_FAULTS = env.flag("TUX_FAULTS")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "rest_framework",
    "rest_framework.authtoken",
    "django_prometheus",
    "master_data",
]
MIDDLEWARE = [
    "kit.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
# First and last: what is outside of them is not measured. `off` shows what a backend without them
# looks like to its monitoring.
if env.flag("TUX_METRICS_MIDDLEWARE", default=True):
    MIDDLEWARE.insert(0, "django_prometheus.middleware.PrometheusBeforeMiddleware")
    MIDDLEWARE.append("django_prometheus.middleware.PrometheusAfterMiddleware")

# Plain HTTP inside of the cluster: a redirect is a bad answer to a probe and to a scrape.
SECURE_REDIRECT_EXEMPT = [r"^metrics$", r"^health/"]

ROOT_URLCONF = "tux.urls"
WSGI_APPLICATION = "tux.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"

# The engine and the cache backend are those of django_prometheus, or there are no django_db_* and
# django_cache_* metrics.
DATABASES = {"default": env.database(DATA_DIR)}
CACHES = {
    "default": {
        "BACKEND": "django_prometheus.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(DATA_DIR / "cache"),
    }
}

# kit.migrations counts them instead: the count of django-prometheus needs a database at start.
PROMETHEUS_EXPORT_MIGRATIONS = False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}

# Settings of the kit.
TUX_QUIET_PATHS = r"/health/|/metrics$|/control/"  # requests that are logged at DEBUG only
TUX_DRAIN_FILE = os.environ.get("TUX_DRAIN_FILE") or str(DATA_DIR / "draining")
TUX_KEEPER_SECONDS = env.number("TUX_KEEPER_SECONDS", 15)
TUX_MAX_WORKSPACE_LABELS = int(env.number("TUX_MAX_WORKSPACE_LABELS", 500))  # 0 is no limit
TUX_JOB_THREADS = int(env.number("TUX_JOB_THREADS", 8))
TUX_JOB_LOST_SECONDS = env.number("TUX_JOB_LOST_SECONDS", 900)  # a job this old was killed

if TUX_FAULTS:
    if not DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        raise ImproperlyConfigured("TUX_FAULTS works with SQLite only")
    INSTALLED_APPS.append("faults")
    MIDDLEWARE.append("faults.middleware.FaultMiddleware")
    DATABASES["default"]["ENGINE"] = "faults.db.sqlite3"
    CACHES["default"]["BACKEND"] = "faults.cache.FaultyFileBasedCache"

LOGGING = kit_logging.config(os.environ.get("TUX_LOG_LEVEL") or "INFO", json_lines=not DEBUG)
sentry.init()
