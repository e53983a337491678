from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "tenure.work"
    label = "work"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tenure.work import checklists, personal, scoring, wording  # noqa: F401 - they add this room's part to registers
