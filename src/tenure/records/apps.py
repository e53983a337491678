from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "tenure.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tenure.records import invitation, personal, practice_personal, preparation, wordings  # noqa: F401 - registers
