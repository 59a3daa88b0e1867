"""URLs of the project."""
from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("", include("django_prometheus.urls")),  # /metrics, without a slash
    path("", include("kit.urls")),  # /health/, /health/ready/, /health/live/
    path("api/v1/", include("master_data.urls")),
]
if settings.TUX_FAULTS:
    urlpatterns.append(path("control/", include("faults.urls")))

handler500 = "kit.views.server_error"
