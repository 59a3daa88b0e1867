#!/usr/bin/env python3
"""Management commands. `test` needs no environment: it brings its own."""
import os
import sys
import tempfile


def test_environment() -> tempfile.TemporaryDirectory:
    """Sets what the tests expect; the directory lasts as long as the object."""
    directory = tempfile.TemporaryDirectory(prefix="tux-backend-test-")
    for name in ("DATABASE_URL", "DATABASE_ENGINE", "PROMETHEUS_MULTIPROC_DIR", "SENTRY_DSN"):
        os.environ.pop(name, None)
    os.environ.update(
        TUX_DATA_DIR=directory.name,
        TUX_FAULTS="1",
        SECRET_KEY="for tests",
        TUX_JOB_THREADS="0",  # jobs run in the thread of the test
    )
    return directory


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tux.settings")
    # Held until the end: the directory goes with the object.
    directory = test_environment() if sys.argv[1:2] == ["test"] else None
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
    del directory


if __name__ == "__main__":
    main()
