"""The engine faults.db.sqlite3: SQLite that can be lost or slow, measured by django_prometheus."""
