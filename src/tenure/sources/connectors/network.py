"""Connections to other machines: only to addresses of the open internet, unless the deployment allows others."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

from tenure.sources.connectors.items import Failed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_open(address: Address, host: str, allowed: Sequence[str]) -> bool:
    """Whether an address may be spoken to: one of the open internet, or one that `allowed` names by host or network."""
    mapped = getattr(address, "ipv4_mapped", None)
    plain: Address = mapped or address
    if plain.is_global and not plain.is_multicast:
        return True
    for each in allowed:
        if each.lower() == host.lower():
            return True
        try:
            if plain in ipaddress.ip_network(each, strict=False):
                return True
        except ValueError:
            continue  # the name of another host
    return False


def resolve(host: str, port: int, allowed: Sequence[str] = ()) -> list[str]:
    """The addresses of a host. Raises Failed where there is none, or where one of them is of a private network."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Failed("no_host", f"There is no host “{host}”; check how it is written.") from error
    addresses = [str(each[4][0]) for each in found]
    for each in addresses:
        if not is_open(ipaddress.ip_address(each.partition("%")[0]), host, allowed):
            words = f"“{host}” lies in a private network; whoever runs this home allows it by TENURE_PRIVATE_HOSTS."
            raise Failed("private_network", words)
    return list(dict.fromkeys(addresses))


def connect(host: str, port: int, *, timeout: float, allowed: Sequence[str] = ()) -> socket.socket:
    """A connection to an address that was checked: the name is not looked up a second time."""
    last: OSError | None = None
    for address in resolve(host, port, allowed):
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as error:
            last = error
    raise Failed("no_answer", f"“{host}” does not answer on port {port}.") from last
