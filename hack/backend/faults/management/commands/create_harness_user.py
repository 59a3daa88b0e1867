"""manage.py create_harness_user: the user of the test harness, with a token everybody knows."""
from django.core.management.base import BaseCommand

from master_data.bootstrap import ensure_user, ensure_workspace


class Command(BaseCommand):
    help = "Creates the user and the token `harness` with the workspaces acme, globex and initech."

    def handle(self, *args, **options):
        ensure_user("harness", token="harness")
        for slug in ("acme", "globex", "initech"):
            ensure_workspace(slug, "harness")
