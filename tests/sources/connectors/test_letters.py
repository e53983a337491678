"""Hostile and odd letters: whatever their MIME says, they are read without a fault, and their limits hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.sources.connectors.mailbox.letters import CUT, LONGEST_BODY, happened_at, read_letter
from tenure.sources.connectors.mailbox.reading import _from_utf7, _to_utf7
from tests.cast import at
from tests.sources.connectors.conftest import written

pytestmark = pytest.mark.requirement("R-09")
HEAD = b"From: Dana <dana@acme.example>\r\nTo: hello@ours.example\r\nMessage-ID: <a@b.example>\r\n"


@pytest.fixture(autouse=True)
def _loopback() -> None:
    """Nothing here goes over a network, nor to a database."""


def body_of(rest: bytes) -> str:
    return read_letter(HEAD + rest).body


def test_the_plain_part_counts_before_the_html() -> None:
    parts = b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="x"\r\n\r\n'
    html = b"--x\r\nContent-Type: text/html\r\n\r\n<p>In <b>HTML</b></p>\r\n"
    plain = b"--x\r\nContent-Type: text/plain; charset=latin-1\r\n\r\nGr\xfc\xdfe\r\n--x--\r\n"
    assert body_of(parts + html + plain) == "Grüße"


def test_html_alone_is_read_without_its_tags_and_scripts() -> None:
    html = b"Content-Type: text/html\r\n\r\n<style>p{}</style><p>One &amp; two</p><script>x()</script><div>Three</div>"
    assert body_of(html) == "One & two\nThree"


def test_an_attachment_is_no_text() -> None:
    parts = b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain; name="a.txt"\r\n'
    named = b'Content-Disposition: attachment; filename="a.txt"\r\n\r\nsecret\r\n--x--\r\n'
    assert body_of(parts + named) == ""


def test_a_long_letter_is_cut_and_says_so() -> None:
    body = body_of(b"\r\n" + b"word " * 10_000)
    assert len(body) <= LONGEST_BODY + len(CUT) and body.endswith(CUT)


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Type: text/plain; charset=klingon\r\n\r\nHello",
        b"Content-Type: multipart/mixed\r\n\r\nHello",
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n'
        + b'--x\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n' * 500,
        b"Content-Transfer-Encoding: base64\r\n\r\n" + b"!" * 1000,
        b"Subject: =?utf-8?b?" + b"x" * 5000 + b"?=\r\n\r\nHello",
        b"Date: Thu, 99 Foo 20266 99:99:99 +9999\r\nReceived: ; never\r\n\r\nHello",
        b"References: " + b"<x@y.z> " * 5000 + b"\r\n\r\nHello",
        b"To: " + b"a@b.cc, " * 5000 + b"\r\n\r\nHello",
        b"\x00\xff\xfe\r\n\r\n\x00\x00",
        b"",
    ],
)
def test_no_letter_is_a_fault(rest: bytes) -> None:
    letter = read_letter(HEAD + rest)
    assert letter.sender == "dana@acme.example"
    assert len(letter.references) <= 100 and len(letter.receivers) <= 100 and "\x00" not in letter.body


def test_a_name_that_looks_like_an_address_deceives_nobody() -> None:
    letter = read_letter(b'From: "dana@acme.example" <eve@evil.example>\r\n\r\nHi')
    assert letter.sender == "eve@evil.example"


def test_a_head_cannot_be_smuggled_into_a_name() -> None:
    letter = read_letter(b"From: =?utf-8?q?Dana=0D=0ABcc=3A_x?= <dana@acme.example>\r\n\r\nHi")
    assert "\n" not in letter.sender_name and "\r" not in letter.sender_name


def test_a_sent_letter_happened_when_it_was_written_and_a_received_one_when_we_got_it() -> None:
    letter = read_letter(written(date=at("2026-03-02 10:00"), received=at("2026-03-02 11:00")))
    assert happened_at(letter, at("2026-03-02 12:00"), was_sent=True) == at("2026-03-02 10:00")
    assert happened_at(letter, at("2026-03-02 12:00"), was_sent=False) == at("2026-03-02 11:00")
    assert happened_at(letter, at("2026-03-02 09:00"), was_sent=True) == at("2026-03-02 09:00")


@pytest.mark.parametrize("name", ["Gesendet für", "送信済み", "A & B", "plain", "Отправленные/2026"])
def test_a_folder_is_called_as_imap_writes_it(name: str) -> None:
    assert _from_utf7(_to_utf7(name)) == name and _to_utf7(name).isascii()


def test_a_known_folder_name_is_written_as_in_the_standard() -> None:
    assert _to_utf7("~peter/mail/台北/日本語") == "~peter/mail/&U,BTFw-/&ZeVnLIqe-"  # RFC 3501, 5.1.3


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2_000))
def test_any_bytes_are_read(raw: bytes) -> None:
    letter = read_letter(raw)
    assert len(letter.subject) <= 200 and letter.body == letter.body.strip()
