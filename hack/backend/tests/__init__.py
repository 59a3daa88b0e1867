"""python3 manage.py test. docs/backend.md names the test of each trap."""
import logging

# Tests that read the log collect it themselves.
logging.getLogger().handlers = [logging.NullHandler()]
