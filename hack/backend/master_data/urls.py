"""URLs of the API. Each has a name: in the metrics an unnamed view is its dotted path."""
from django.urls import include, path

from master_data import views

app_name = "api"
_workspace = [
    path("dimensions/", views.DimensionList.as_view(), name="dimension-list"),
    path("strings/", views.StringList.as_view(), name="string-generate"),
    path("propagations/", views.PropagationList.as_view(), name="propagation-jobs"),
    path("propagations/<int:pk>/", views.PropagationDetail.as_view(), name="propagation-detail"),
]
urlpatterns = [path("workspaces/<slug:slug>/", include(_workspace))]
