"""Secrets at rest: encrypted under a key that is derived from the home's own."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tenure.base.errors import Refused


def _cipher() -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"tenure connector secrets").derive(
        settings.SECRET_KEY.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(secrets: Mapping[str, str]) -> str:
    """Secrets as they are stored; empty where there are none."""
    held = {name: value for name, value in secrets.items() if value}
    return _cipher().encrypt(json.dumps(held).encode()).decode() if held else ""


def unseal(sealed: str) -> dict[str, str]:
    """Secrets as they were typed. Raises Refused where the home's key is another one now."""
    if not sealed:
        return {}
    try:
        found: dict[str, str] = json.loads(_cipher().decrypt(sealed.encode()))
    except InvalidToken as error:
        words = "The secrets cannot be read, since this home has another key now; type them again."
        raise Refused("sealed", words) from error
    return found
