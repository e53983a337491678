"""Addresses in what goes out: where a reader opens these pages, and where somebody invited sets a password."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from tenure.identity.people import Person
from tenure.identity.sign_in_link import make_key


def absolute(path: str) -> str:
    """A path of ours as an address that somebody elsewhere can open."""
    return f"{settings.PUBLIC_URL}{path}"


def password_link(person: Person) -> str:
    """The path at which an invited person sets a password; it works once and for as long as a reset link does."""
    key = default_token_generator.make_token(person)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key})


def sign_in_link(person: Person) -> str:
    """The path at which one of a client's people comes in without a password, once and within half an hour."""
    return reverse("portal_enter", args=[make_key(person)])
