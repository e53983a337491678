from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "tenure.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tenure.identity import company, staff  # noqa: F401 - they register their operations
