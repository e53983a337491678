"""The door of a connection to a tool: an address that a secret may be sent to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as deployment

from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.sources.connectors.manifest import ADDRESS


def check(settings: dict[str, Any], actor: Actor) -> None:
    """Refuse an address that is none, that carries a password, or that is not encrypted on the open internet."""
    try:
        parts = urlsplit(str(settings.get(ADDRESS, "")))
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in ("https", "http") or not host or parts.query or parts.fragment:
        raise Refused("no_address", "Address: write it as https://api.example.com.", field=ADDRESS)
    if "@" in parts.netloc:
        raise Refused("with_password", "Address: leave name and password out; secrets have a field.", field=ADDRESS)
    if parts.scheme == "http" and not deployment.PRIVATE_HOSTS:
        raise Refused("not_encrypted", "Address: only https://, since the secret goes there.", field=ADDRESS)
