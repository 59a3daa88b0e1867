"""Fault switches, for tests of the monitoring. They exist only with TUX_FAULTS=1.

The backend knows nothing of this app: it replaces checks in the kit's registries, listens to the
kit's signals, and puts a database engine and a cache under those of django_prometheus.
"""
