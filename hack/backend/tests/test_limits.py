"""Faults of the process itself."""
import os
import signal
import time

from django.test import Client, SimpleTestCase

from faults import limits
from tests.support import faults, log_lines, run_python


def open_files():
    return len(os.listdir("/proc/self/fd"))


class LimitsTest(SimpleTestCase):
    def test_files_are_open_and_closed_again(self):
        before = open_files()
        with faults(open_files=40):
            limits.apply()
            self.assertEqual(before + 40, open_files())
        limits.apply()
        self.assertEqual(before, open_files())

    def test_only_the_full_question_takes_its_time(self):
        with faults(health_seconds=0.3), log_lines():
            for path, slow in (("/health/", True), ("/health/live/", False), ("/health/ready/", False)):
                started = time.monotonic()
                Client().get(path)
                self.assertEqual(slow, time.monotonic() - started >= 0.3, path)

    def test_a_worker_that_is_too_old_dies(self):
        code = (
            "import tux.wsgi, time\n"
            "from faults import state\n"
            "from django.test import Client\n"
            "state.merge({'worker_age': 0.01})\n"
            "print(Client().get('/health/live/').status_code)\n"
            "time.sleep(0.02)\n"
            "print(Client().get('/control/faults/').status_code, flush=True)\n"
            "Client().get('/health/live/')\n"
            "print('survived')\n"
        )
        done = run_python(code, TUX_FAULTS="1")
        self.assertEqual(-signal.SIGKILL, done.returncode, done.stderr)
        self.assertEqual(["200", "200"], done.stdout.split())
