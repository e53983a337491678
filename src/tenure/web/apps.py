from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "tenure.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tenure.web import signin

        signin.register()
