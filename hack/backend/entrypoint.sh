#!/bin/sh
# Migrates, then serves. Writes nothing beside the code, which may be mounted read-only.
# Environment: PORT (8000), WEB_CONCURRENCY (1), GUNICORN_THREADS (8), TUX_MAX_FILES (as many as there may
# be), PYTHON (python3), GUNICORN (gunicorn), and what the settings read.
set -eu
cd "$(dirname "$0")"

export PYTHONDONTWRITEBYTECODE=1
export PYTHONUNBUFFERED=1
export DJANGO_SETTINGS_MODULE="${DJANGO_SETTINGS_MODULE:-tux.settings}"
export GUNICORN_THREADS="${GUNICORN_THREADS:-8}"
python=${PYTHON:-python3}

# A volume survives the container: what it held of the last life must not hold in this one.
data=${TUX_DATA_DIR:-${TMPDIR:-/tmp}/tux-backend-$(id -u)}
rm -f "${TUX_DRAIN_FILE:-$data/draining}" "$data/faults.json"

# Without the variable: a command's counters would be added to those of the workers.
manage() { env -u PROMETHEUS_MULTIPROC_DIR "$python" manage.py "$@"; }
manage migrate --verbosity 0
if [ "${TUX_FAULTS:-}" = 1 ]; then
	manage create_harness_user
fi

# shellcheck disable=SC3045 # dash and busybox have it
[ -z "${TUX_MAX_FILES:-}" ] || ulimit -n "$TUX_MAX_FILES"
exec "${GUNICORN:-gunicorn}" tux.wsgi "$@"
