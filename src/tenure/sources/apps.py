from django.apps import AppConfig


class SourcesConfig(AppConfig):
    name = "tenure.sources"
    label = "sources"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tenure.sources import importing, personal  # noqa: F401 - they register operations, exports and erasures
