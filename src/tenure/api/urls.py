"""What is mounted under ``/v1/``."""

from django.urls import path

from tenure.api import points
from tenure.api.intake import take
from tenure.sources.messages import ENDPOINTS

urlpatterns = [
    path(f"{endpoint}{slash}", take, {"endpoint": endpoint}, name=f"intake-{endpoint}{'-slash' if slash else ''}")
    for endpoint in ENDPOINTS
    for slash in ("", "/")
] + [path(f"points{slash}", points.take, name=f"points{'-slash' if slash else ''}") for slash in ("", "/")]
