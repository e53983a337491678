"""Signing in: by password, second step and single sign-on, for people who were invited; nobody signs up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm, ResetPasswordForm, ResetPasswordKeyForm
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from tenure.identity.people import Person
from tenure.identity.staff import ERASURES, EXPORTS


class InvitationOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts come from `person.invite` alone; what goes wrong is said without saying who exists."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "That did not match. Your email is kept; try the password again.",
        "too_many_login_attempts": "Too many tries. Wait five minutes, or set a new password.",
        "incorrect_password": "That is not your password.",
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False

    def reauthenticate(self, user: Person, password: str) -> bool:
        """Check the password again. The address is the person's own; no row of allauth's is needed for it."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def clean_email(self, email: str) -> str:
        return str(super().clean_email(email)).lower()


class SecondStep(DefaultMFAAdapter):  # type: ignore[misc]
    """The authenticator's code, in our words."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That code did not match. Codes change every 30 seconds.",
    }


class KnownPeopleOnly(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Single sign-on opens the door to people who were invited under the verified address, and to nobody else."""


class SignInForm(LoginForm):  # type: ignore[misc]
    """Email and password, in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Email"
        self.fields["remember"].label = "Stay signed in on this device"
        self.fields["password"].help_text = ""
        undress(self)

    def add_error(self, field: str | None, error: Any) -> None:
        """What is wrong with both together stands at the password, which is what one types again."""
        super().add_error(field or "password", error)


class ResetForm(ResetPasswordForm):  # type: ignore[misc]
    """The address to which a link for a new password goes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Email"
        undress(self)


class NewPasswordForm(ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, typed twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label, self.fields["password2"].label = "New password", "The same again"
        self.fields["password1"].help_text = "At least ten characters; a sentence is easiest to keep."
        undress(self)


def undress(form: Any) -> None:
    """Take the placeholders off a form, since its labels say the same."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


def export_sign_in(person: Person) -> dict[str, Any]:
    """What signing in keeps about a person."""
    return {
        "addresses": list(EmailAddress.objects.filter(user=person).values_list("email", flat=True)),
        "single_sign_on": list(
            SocialAccount.objects.filter(user=person).values("provider", "uid", "date_joined", "last_login")
        ),
        "second_steps": list(Authenticator.objects.filter(user=person).values("type", "created_at", "last_used_at")),
        "sessions": list(
            UserSession.objects.filter(user=person).values("ip", "user_agent", "created_at", "last_seen_at")
        ),
    }


def erase_sign_in(person: Person) -> None:
    """Remove addresses, second steps and sessions, so that nobody can sign in as a person who was erased."""
    for session in UserSession.objects.filter(user=person):
        session.end()
    for kept in (EmailAddress, SocialAccount, Authenticator, UserSession):
        kept.objects.filter(user=person).delete()


def register() -> None:
    """Tell identity what to export and erase here; called once when the application starts."""
    if "sign_in" not in EXPORTS:
        EXPORTS.add("sign_in", export_sign_in)
        ERASURES.add("sign_in", erase_sign_in)
