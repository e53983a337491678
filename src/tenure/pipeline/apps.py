from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "tenure.pipeline"
    label = "pipeline"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tenure.pipeline import readers  # noqa: F401 - it registers an operation
