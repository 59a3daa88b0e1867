"""Installs the faults."""
from django.apps import AppConfig


class FaultsConfig(AppConfig):
    name = "faults"

    def ready(self) -> None:
        from faults import effects

        effects.install()
