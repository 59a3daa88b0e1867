"""manage.py create_workspace acme --user ann: prints the API token of the user."""
from django.core.management.base import BaseCommand

from master_data.bootstrap import ensure_user, ensure_workspace


class Command(BaseCommand):
    help = "Creates a workspace with dimensions and a rule, and a user who may enter it."

    def add_arguments(self, parser):
        parser.add_argument("slug")
        parser.add_argument("--user", required=True)

    def handle(self, *args, slug, user, **options):
        token = ensure_user(user)
        ensure_workspace(slug, user)
        self.stdout.write(token)
