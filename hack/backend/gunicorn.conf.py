"""gunicorn reads this file from its working directory. Flags on the command line win."""
import glob
import os

from kit import logging as kit_logging  # not `config`: each name of a setting is read as one

wsgi_app = "tux.wsgi"
bind = f"0.0.0.0:{os.environ.get('PORT') or 8000}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 1)
threads = int(os.environ.get("GUNICORN_THREADS") or 8)
worker_class = "gthread"
# The heartbeat of the workers; on a disk it can block, and the root may be read-only.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
logconfig_dict = kit_logging.config()


def on_starting(server):
    """Empties what a former life of this container left behind."""
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if directory:
        # Files of dead processes would be added to every counter. Only *.db: the path may be wrong.
        os.makedirs(directory, exist_ok=True)
        for name in glob.glob(os.path.join(directory, "*.db")):
            os.remove(name)
    elif server.cfg.workers > 1:
        # Not set here on our own: the operator reads the variable from the pod, and must know.
        server.log.warning(
            "%d workers without PROMETHEUS_MULTIPROC_DIR: a scrape meets one, rates are wrong",
            server.cfg.workers,
        )


def child_exit(server, worker):
    """Removes the live gauges of a worker that ended. Its counters stay: they must not go back."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)
