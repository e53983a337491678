from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "tenure.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tenure.records import (  # noqa: F401 - they fill the registers
            doubles,
            invitation,
            personal,
            practice_personal,
            preparation,
            slots,
            wordings,
        )
