"""The intake by itself, as the web mounts it."""

from django.urls import include, path

urlpatterns = [path("v1/", include("tenure.api.urls"))]
