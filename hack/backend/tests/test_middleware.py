"""kit.middleware and kit.views, through the API."""
from django.test import TestCase

from tests.support import faults, log_lines, member, url


class RequestTest(TestCase):
    def setUp(self):
        self.client = member("acme")

    def get(self, **headers):
        with log_lines() as self.lines:
            return self.client.get(url("acme", "dimensions") + "?token=v4lue", **headers)

    def test_start_and_end_say_what_the_guide_promised(self):
        response = self.get()
        (start,), (end,) = self.lines.of("tux.monitoring"), self.lines.of("tux.performance")
        self.assertEqual(("GET", url("acme", "dimensions")), (start["method"], start["path"]))
        self.assertEqual(("GET", 200), (end["method"], end["status_code"]))
        self.assertGreater(end["duration_ms"], 0)
        self.assertEqual(response["X-Request-ID"], end["request_id"])
        self.assertEqual(end["request_id"], start["request_id"])

    def test_user_and_workspace_are_known_although_drf_authenticates_in_the_view(self):
        self.get()
        (end,) = self.lines.of("tux.performance")
        self.assertEqual("acme", end["workspace_id"])
        self.assertIsInstance(end["user_id"], int)

    def test_no_query_string_and_no_address_of_the_client_is_logged(self):
        self.get(HTTP_X_FORWARDED_FOR="192.0.2.77")
        self.assertNotIn("v4lue", str(self.lines.all))
        self.assertNotIn("192.0.2.77", str(self.lines.all))

    def test_a_well_formed_request_id_is_kept(self):
        response = self.get(HTTP_X_REQUEST_ID="edge-12345678")
        self.assertEqual("edge-12345678", response["X-Request-ID"])

    def test_an_ill_formed_request_id_is_replaced(self):
        for given in ("short", "x" * 129, "with space 123", 'quote"12345678', "line\nfeed-123"):
            self.assertNotEqual(given, self.get(HTTP_X_REQUEST_ID=given)["X-Request-ID"])

    def test_a_crash_is_logged_once_with_its_traceback_and_the_request_id(self):
        with faults(error_ratio=1):
            response = self.get()
        self.assertEqual(500, response.status_code)
        crashes = [line for line in self.lines.all if "exception" in line]
        self.assertEqual(["django.request"], [line["logger"] for line in crashes])
        self.assertEqual(response["X-Request-ID"], crashes[0]["request_id"])
        self.assertEqual(response["X-Request-ID"], response.json()["request_id"])

    def test_a_refused_request_is_logged_once(self):
        with log_lines() as lines:
            self.client.get("/nothing/here/")
        loggers = [line["logger"] for line in lines.all]
        self.assertEqual(["tux.monitoring", "tux.performance"], loggers)

    def test_probes_and_scrapes_are_not_logged(self):
        with log_lines() as lines:
            for path in ("/health/", "/health/ready/", "/health/live/", "/metrics"):
                self.client.get(path)
        self.assertEqual([], lines.all)

    def test_a_client_cannot_mint_labels(self):
        response = self.client.generic("FOOBAR", "/health/live/")
        self.assertEqual(405, response.status_code)
        self.assertNotIn("FOOBAR", self.client.get("/metrics").content.decode())

    def test_lines_of_one_request_do_not_reach_the_next(self):
        self.get()
        with log_lines() as lines:
            self.client.get("/nothing/here/")
        self.assertEqual({None}, {line["workspace_id"] for line in lines.all})
