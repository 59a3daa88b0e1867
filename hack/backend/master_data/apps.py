"""Joins the app to the kit."""
from django.apps import AppConfig
from django.db.models.signals import post_migrate


class MasterDataConfig(AppConfig):
    name = "master_data"

    def ready(self) -> None:
        # Models exist only now.
        from kit import metrics
        from kit.health import Component, registry
        from kit.keeper import keeper
        from kit.migrations import migrations
        from kit.signals import workspace_entered
        from master_data import activity, isolation, propagation, sqlite

        registry.register(Component("string_propagation", propagation.runner.check))
        registry.register(
            Component("workspace_isolation", isolation.check, needs=("database",))
        )

        post_migrate.connect(sqlite.use_write_ahead_log, sender=self)
        workspace_entered.connect(activity.note)

        keeper.tasks["prepare the metrics of the workspaces"] = activity.prepare_metrics
        keeper.tasks["count active users"] = lambda: metrics.set_active_users(activity.count())
        keeper.tasks["count migrations"] = migrations.export
        keeper.tasks["find lost propagation jobs"] = propagation.end_lost_jobs
        keeper.start_with_requests()
