from django.apps import AppConfig


class SourcesConfig(AppConfig):
    name = "tenure.sources"
    label = "sources"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # They register operations, exports, erasures and figures.
        from tenure.sources import importing, personal, practice  # noqa: F401
        from tenure.sources.connectors import personal as of_connectors  # noqa: F401
        from tenure.sources.tools import queueing  # noqa: F401
