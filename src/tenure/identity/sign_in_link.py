"""Links by which somebody signs in without a password: signed, for half an hour, and used up by signing in."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from tenure.base import clock
from tenure.identity.people import Person

SALT = "tenure.sign_in"
LASTS = timedelta(minutes=30)


def _state(person: Person) -> str:
    """What changes with each sign-in and each new password, so that every link given before is used up by it."""
    last = person.last_login.isoformat() if person.last_login else ""
    return salted_hmac(SALT, f"{person.pk}|{last}|{person.password}|{person.email}").hexdigest()[:32]


def make_key(person: Person) -> str:
    """The secret part of a link for a person, good from now on."""
    return signing.dumps([person.pk, clock.now().timestamp(), _state(person)], salt=SALT)


def whose_key(key: str, *, lock: bool = False) -> Person | None:
    """Whom a link lets in; None where it is made up, too old or used. `lock` is for the one who uses it."""
    try:
        pk, made_at, state = signing.loads(key, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if clock.now().timestamp() - made_at > LASTS.total_seconds():
        return None
    rows = Person.objects.select_for_update() if lock else Person.objects.all()
    person = rows.filter(pk=pk, is_active=True, kind=Person.Kind.CLIENT).first()
    return person if person is not None and constant_time_compare(state, _state(person)) else None
