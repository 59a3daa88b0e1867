"""The view is named `health...` because the operator leaves such views out of user traffic."""
from django.urls import path

from faults import views

app_name = "control"
urlpatterns = [path("faults/", views.faults, name="health-faults")]
