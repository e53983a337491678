from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "tenure.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django import forms

        from tenure.web import signin

        signin.register()
        # The line under a field says what to do.
        forms.Field.default_error_messages["required"] = "Fill this in."
