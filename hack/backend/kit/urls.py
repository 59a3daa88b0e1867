"""The health questions. The operator leaves views named `health...` out of user traffic."""
from django.urls import path

from kit import health

urlpatterns = [
    path("health/", health.health, name="health"),
    path("health/ready/", health.ready, name="health-ready"),
    path("health/live/", health.live, name="health-live"),
]
