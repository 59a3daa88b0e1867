"""The TUX app kit: logging, health, metrics, error reporting and jobs for a Django backend.

Each module stands alone as far as its imports say. docs/backend.md tells how to copy one.
"""
