#!/usr/bin/env bash
# Makes sure that this machine can run the reference backend: Python with Django, Django REST framework,
# django-prometheus, the Sentry SDK, and gunicorn. On Debian, root installs what is missing; everybody
# else is told what to install. It is the Python of the distribution that counts, for the pods of
# hack/cluster see nothing else; PYTHON names another one for the unit tests.
set -euo pipefail
# shellcheck source=hack/debian.sh
source "$(dirname "${BASH_SOURCE[0]}")/../debian.sh"

readonly packages=(python3 python3-django python3-djangorestframework python3-django-prometheus
	python3-prometheus-client python3-sentry-sdk gunicorn)

complete() {
	"${PYTHON:-/usr/bin/python3}" -c 'import django, rest_framework, django_prometheus, prometheus_client, sentry_sdk' 2>/dev/null &&
		command -v gunicorn >/dev/null
}

complete && exit
install_for "the reference backend" "${packages[@]}"
complete || { echo "the reference backend does not run with what was installed" >&2 && exit 1; }
