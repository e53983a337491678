"""The frame of connectors: settings by operations, secrets encrypted, failures in sight, effects beside the cursor."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from tenure.base.errors import Refused
from tenure.identity.ledger import LedgerEntry
from tenure.pipeline import doctor
from tenure.records.contact import Contact, add_contact
from tenure.records.message import Message
from tenure.records.personal import erase_contact, export_contact
from tenure.sources.connectors import manifest, rounds
from tenure.sources.connectors.arrival import Arrival
from tenure.sources.connectors.connector import (
    Connector,
    add_connector,
    change_connector,
    pause_connector,
    remove_connector,
    resume_connector,
)
from tenure.sources.connectors.items import Failed
from tenure.sources.connectors.network import resolve
from tenure.sources.connectors.vault import seal, unseal
from tenure.sources.tidying import tidy
from tests.cast import Cast, at
from tests.days import Days
from tests.sources.connectors.conftest import PASSWORD, Mailbox, serve, settings_of

pytestmark = pytest.mark.requirement("P-07")
Reads = Callable[[], None]


def test_every_connector_is_found_by_its_manifest_alone() -> None:
    folders = {path.name for path in manifest.FOLDER.iterdir() if (path / "manifest.toml").exists()}
    assert set(manifest.folders()) == folders == {"mailbox", "forms"}
    rooms = Path(manifest.FOLDER).parents[1]
    shared = [path for path in rooms.rglob("*.py") if not path.is_relative_to(manifest.FOLDER)]
    named = [
        path for path in shared if "connectors.mailbox" in path.read_text() or "connectors.forms" in path.read_text()
    ]
    assert named == []


def test_secrets_are_encrypted_at_rest_and_never_told(connector: Connector) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed, settings FROM sources_connector")
        stored = str(cursor.fetchone())
    assert PASSWORD not in stored
    assert connector.secrets == {"password": PASSWORD}
    assert not LedgerEntry.objects.filter(data__icontains=PASSWORD).exists()
    fact = LedgerEntry.objects.get(kind="connector.added")
    assert fact.data == {"source": "mail", "manifest": "mailbox", "status": "active"}


def test_another_key_of_the_home_reads_no_secret(settings: Any) -> None:
    sealed = seal({"password": PASSWORD})
    assert unseal(sealed) == {"password": PASSWORD}
    settings.SECRET_KEY = "another key"
    with pytest.raises(Refused) as refusal:
        unseal(sealed)
    assert refusal.value.code == "sealed"


def test_settings_are_checked_with_the_mend(mailbox: Mailbox, cast: Cast) -> None:
    def refused(**settings: Any) -> tuple[str, str | None]:
        with pytest.raises(Refused) as refusal:
            add_connector(
                kind="mailbox",
                label="Hello",
                source="mail",
                settings=settings_of(mailbox) | settings,
                secrets={"password": PASSWORD},
                actor=cast.actor("olive"),
            )
        return refusal.value.code, refusal.value.field

    assert refused(port="many") == ("no_integer", "port")
    assert refused(host="") == ("missing", "host")
    assert refused(security="carrier pigeon") == ("no_choice", "security")
    assert refused(colour="blue") == ("unknown_setting", "colour")


def test_a_secret_goes_to_no_other_server_than_it_was_typed_for(connector: Connector, cast: Cast) -> None:
    olive = cast.actor("olive")
    with pytest.raises(Refused) as refusal:
        change_connector(connector, settings={"host": "imap.elsewhere.example"}, actor=olive)
    assert (refusal.value.code, refusal.value.field) == ("retype", "password")
    changed = change_connector(connector, settings={"since_days": 5}, actor=olive)
    assert changed.secrets == {"password": PASSWORD}


def test_one_source_has_one_connector(connector: Connector, mailbox: Mailbox, cast: Cast) -> None:
    again = {"kind": "mailbox", "label": "Again", "source": "mail", "settings": settings_of(mailbox)}
    with pytest.raises(Refused) as refusal:
        add_connector(**again, secrets={"password": PASSWORD}, actor=cast.actor("olive"))
    assert refusal.value.code == "taken"
    remove_connector(connector, actor=cast.actor("olive"))
    assert add_connector(**again, secrets={"password": PASSWORD}, actor=cast.actor("olive")).source == "mail"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.1.2.3", "192.168.0.9", "169.254.169.254", "::1", "::ffff:127.0.0.1", "0.0.0.0", "fd00::1"]
)
def test_no_connector_reaches_a_private_network_unless_it_is_allowed(host: str) -> None:
    with pytest.raises(Failed) as failed:
        resolve(host, 993)
    assert failed.value.code == "private_network"


def test_whoever_runs_the_home_allows_a_host_or_a_network() -> None:
    assert resolve("127.0.0.1", 993, ("127.0.0.0/8",)) == ["127.0.0.1"]
    assert "127.0.0.1" in resolve("localhost", 993, ("localhost",))


def test_a_failure_is_in_sight_and_tried_again_later_and_later(
    connector: Connector, mailbox: Mailbox, cast: Cast, days: Days
) -> None:
    change_connector(connector, secrets={"password": "wrong"}, actor=cast.actor("olive"))
    rounds.advance()
    connector.refresh_from_db()
    assert connector.error == "The server refuses this user name or password."
    assert (connector.failures, connector.good_at) == (1, None)
    assert connector.next_at == at("2026-03-02 14:04")  # two minutes, doubled after one failure
    days.hands.set(at("2026-03-02 14:04"))
    rounds.advance()
    connector.refresh_from_db()
    assert connector.next_at == at("2026-03-02 14:12")
    [finding] = [each for each in doctor.CHECKS["connectors"](at("2026-03-02 14:05")) if not each.is_well]
    assert finding.says == "Hello (mail) fails: The server refuses this user name or password."
    change_connector(connector, secrets={"password": PASSWORD}, actor=cast.actor("olive"))
    rounds.advance()
    connector.refresh_from_db()
    assert (connector.error, connector.failures, connector.good_at) == ("", 0, at("2026-03-02 14:04"))
    assert [each.is_well for each in doctor.CHECKS["connectors"](at("2026-03-02 14:05"))] == [True]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"sent": "Nowhere"}, "The mailbox has no folder “Nowhere”; name it as the server does."),
        ({"sent": ""}, "The server marks no folder of sent messages; name it in the settings."),
    ],
)
def test_a_folder_that_is_not_there_says_so(
    connector: Connector, cast: Cast, changed: dict[str, str], says: str
) -> None:
    change_connector(connector, settings=changed, actor=cast.actor("olive"))
    rounds.advance()
    connector.refresh_from_db()
    assert connector.error == says


def test_without_encryption_only_this_machine_is_read(
    connector: Connector, cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PRIVATE_HOSTS = ("10.0.0.0/8",)
    given = {"password": PASSWORD}
    change_connector(connector, settings={"host": "10.0.0.7"}, secrets=given, actor=cast.actor("olive"))
    rounds.advance()
    connector.refresh_from_db()
    assert connector.error == "Without encryption only a server on this machine is read; choose TLS."


def test_a_paused_connector_reads_nothing(connector: Connector, mailbox: Mailbox, cast: Cast, reading: Reads) -> None:
    pause_connector(connector, actor=cast.actor("olive"))
    mailbox.comes(at("2026-03-02 13:00"))
    reading()
    assert not Arrival.objects.exists()
    resume_connector(connector, actor=cast.actor("olive"))
    reading()
    assert Message.objects.count() == 1


def test_a_removed_connector_forgets_its_secrets(connector: Connector, cast: Cast, reading: Reads) -> None:
    removed = remove_connector(connector, actor=cast.actor("olive"))
    assert (removed.sealed, removed.status) == ("", "removed")
    with pytest.raises(Refused):
        resume_connector(removed, actor=cast.actor("olive"))


def test_what_was_read_and_how_far_commit_together(
    connector: Connector, mailbox: Mailbox, dana: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between storing what came and moving the cursor: neither is kept, the next reading has all."""
    mailbox.comes(at("2026-03-02 13:00"))

    class Killed(Exception):
        pass

    def dies(name: str) -> None:
        if name == "connectors.stored":
            raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed), transaction.atomic():
        patched.setattr("tenure.base.fault.point", dies)
        rounds.read(Connector.objects.get())
    assert not Arrival.objects.exists() and Connector.objects.get().cursor == {}
    rounds.advance()
    rounds.advance()
    assert Message.objects.count() == 1


def test_what_is_taken_in_and_that_it_was_commit_together(
    connector: Connector, mailbox: Mailbox, dana: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.comes(at("2026-03-02 13:00"))
    rounds.read(Connector.objects.get())

    def dies(name: str) -> None:
        if name == "connectors.taking":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("tenure.base.fault.point", dies)
        rounds.take_in()
    assert Arrival.objects.get().status == "waiting" and not Message.objects.exists()
    rounds.take_in()
    assert Message.objects.count() == 1


def test_one_thing_that_nobody_foresaw_keeps_no_other_out(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.comes(at("2026-03-02 13:00"), subject="odd")
    mailbox.comes(at("2026-03-02 13:05"), subject="plain")
    take = rounds.take

    def stumbles(arrival: Arrival) -> None:
        if arrival.payload["subject"] == "odd":
            raise ZeroDivisionError
        take(arrival)

    monkeypatch.setattr(rounds, "take", stumbles)
    reading()
    odd = Arrival.objects.get(status="aside")
    assert (odd.code, odd.payload["subject"]) == ("unexpected", "odd")
    assert Message.objects.get().subject == "plain"


def test_a_source_says_up_to_when_it_was_read(connector: Connector, mailbox: Mailbox, days: Days) -> None:
    """At once, then every quarter of an hour, and at once where something new came."""
    told = LedgerEntry.objects.filter(kind="source.read_through").order_by("id")
    for minutes in (0, 5, 10, 15):
        days.hands.set(at("2026-03-02 14:00") + timedelta(minutes=minutes))
        while rounds.advance():
            pass
    assert [entry.data["through"][11:16] for entry in told.all()] == ["14:00", "14:15"]
    assert {entry.data["source"] for entry in told.all()} == {"mail"}
    mailbox.comes(at("2026-03-02 14:16"), sender="ned@elsewhere.example")
    days.hands.set(at("2026-03-02 14:20"))
    while rounds.advance():
        pass
    assert [entry.data["through"][11:16] for entry in told.all()] == ["14:00", "14:15", "14:20"]


def test_whoever_is_erased_is_forgotten_here_too(
    connector: Connector, mailbox: Mailbox, dana: Contact, cast: Cast, reading: Reads
) -> None:
    mailbox.comes(at("2026-03-02 13:00"), sender="dee@acme.example", body="My secret")
    reading()
    dee = add_contact(dana.account, name="Dee", email="dee@acme.example", actor=cast.actor("alice"))
    Arrival.objects.update(code="kept")
    found = export_contact(dee, actor=cast.actor("olive"))["connectors"]["arrivals"]
    assert [each["payload"]["body"] for each in found] == ["My secret"]
    erase_contact(dee, actor=cast.actor("olive"))
    left = Arrival.objects.get()
    assert (left.payload, left.address, left.status) == ({}, "", "dismissed")


def test_what_nobody_wanted_is_forgotten_in_time(connector: Connector, mailbox: Mailbox, reading: Reads) -> None:
    mailbox.comes(at("2026-03-02 13:00"), sender="mailer-daemon@mx.example")
    reading()
    tidy(at("2026-03-31 00:00"))
    assert Arrival.objects.get().payload != {}
    tidy(at("2026-04-02 00:00"))
    assert Arrival.objects.get().payload == {}


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost that whoever sets SSL_CERT_FILE trusts."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at("2020-01-01 00:00"))
        .not_valid_after(at("2099-01-01 00:00"))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, secret


@pytest.fixture
def starttls_port(certificate: tuple[Path, Path]) -> Iterator[int]:
    cert, key = certificate
    yield from serve("--cert", str(cert), "--key", str(key))


@pytest.fixture
def tls_port(certificate: tuple[Path, Path], imap_port: int) -> Iterator[int]:
    """The same server behind encryption from the first byte, as on port 993."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    listening = socket.create_server(("127.0.0.1", 0))

    def carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def serves() -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = listening.accept()
                with (
                    contextlib.suppress(OSError),
                    context.wrap_socket(plain, server_side=True) as outer,
                    socket.create_connection(("127.0.0.1", imap_port)) as inner,
                ):
                    back = threading.Thread(target=carry, args=(inner, outer), daemon=True)
                    back.start()
                    carry(outer, inner)
                    back.join(5)

    running = threading.Thread(target=serves, daemon=True)
    running.start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    running.join(5)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_is_read_over_encryption_that_is_checked(
    connector: Connector,
    mailbox: Mailbox,
    cast: Cast,
    certificate: tuple[Path, Path],
    tls_port: int,
    starttls_port: int,
    monkeypatch: pytest.MonkeyPatch,
    security: str,
) -> None:
    where = {"host": "localhost", "security": security, "port": tls_port if security == "tls" else starttls_port}
    given = {"password": PASSWORD}
    change_connector(connector, settings=where, secrets=given, actor=cast.actor("olive"))
    rounds.advance()
    connector.refresh_from_db()
    assert connector.error.startswith("“localhost” shows no certificate that can be trusted")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    resume_connector(connector, actor=cast.actor("olive"))
    rounds.advance()
    connector.refresh_from_db()
    # Over STARTTLS it is another server, in whose mailbox the test's own folders are not.
    expected = "" if security == "tls" else f"The mailbox has no folder “{mailbox.inbox}”; name it as the server does."
    assert connector.error == expected
