"""A blueprint handed in as a zip archive: what is taken of it, and what is refused before anything is written."""

import io
import stat
import struct
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from tenure.base.errors import Refused
from tenure.web import archives
from tenure.web.archives import unpack

pytestmark = pytest.mark.requirement("P-01")

COMPANY = "extends: base\ncompany: {name: Tiny}\n"


def zipped(files: Mapping[str, str | bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    out.seek(0)
    return out


def test_the_yaml_beside_company_yaml_is_taken(tmp_path: Path) -> None:
    given = zipped(
        {
            "repo-main/README.md": "Read me",
            "repo-main/blueprints/tiny/company.yaml": COMPANY,
            "repo-main/blueprints/tiny/signals.yaml": "signals: {}\n",
            "repo-main/blueprints/tiny/.hidden.yaml": "x",
            "repo-main/blueprints/tiny/run.sh": "rm -rf /",
            "repo-main/docs/other.yaml": "x",
            "__MACOSX/repo-main/blueprints/tiny/company.yaml": "x",
        }
    )
    assert unpack(given, "whatever.zip", tmp_path) == tmp_path / "tiny"
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")) == [
        "tiny/company.yaml",
        "tiny/signals.yaml",
    ]


def test_a_bare_one_gets_the_archives_name(tmp_path: Path) -> None:
    assert unpack(zipped({"company.yaml": COMPANY}), "My Company (2).zip", tmp_path) == tmp_path / "My-Company-2"


def test_the_one_that_no_other_extends_is_read(tmp_path: Path) -> None:
    given = zipped({"base/company.yaml": "company: {name: Base}\n", "tiny/company.yaml": COMPANY})
    assert unpack(given, "both.zip", tmp_path) == tmp_path / "tiny"
    assert (tmp_path / "base" / "company.yaml").is_file()


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"notes.txt": "nothing"}, "no_blueprint"),
        ({"a/company.yaml": COMPANY, "b/company.yaml": COMPANY}, "several_blueprints"),
        ({"x/a/company.yaml": COMPANY, "y/a/company.yaml": COMPANY}, "folder_twice"),
        ({"tiny/company.yaml": COMPANY, "../evil.yaml": "x"}, "unsafe_path"),
        ({"tiny/company.yaml": COMPANY, "tiny/../../evil.yaml": "x"}, "unsafe_path"),
        ({"tiny/company.yaml": COMPANY, "/etc/evil.yaml": "x"}, "unsafe_path"),
        ({"tiny/company.yaml": COMPANY, "C:/evil.yaml": "x"}, "unsafe_path"),
        ({"tiny/company.yaml": COMPANY, "..\\evil.yaml": "x"}, "unsafe_path"),
    ],
)
def test_what_is_refused_leaves_nothing_outside(tmp_path: Path, files: dict[str, str], code: str) -> None:
    into = tmp_path / "deep" / "stage"
    with pytest.raises(Refused) as refused:
        unpack(zipped(files), "a.zip", into)
    assert (refused.value.code, refused.value.field) == (code, "archive")
    assert [path for path in tmp_path.rglob("*") if "evil" in path.name] == []


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("tiny/company.yaml", COMPANY)
        link = ZipInfo("tiny/secrets.yaml")
        link.external_attr = (kind | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(Refused, match="is a link or a device"):
        unpack(out, "a.zip", tmp_path)
    assert not any(tmp_path.iterdir())


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    # 50 MB of noughts pack into 50 kB.
    with pytest.raises(Refused, match="unpacks to more than 1 MB"):
        unpack(zipped({"tiny/company.yaml": COMPANY, "tiny/bomb.yaml": b"\0" * 50_000_000}), "a.zip", tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 1_000


def test_a_size_that_lies_does_not_help(tmp_path: Path) -> None:
    """The archive says that the file has 10 bytes; reading stops at what is allowed, whatever it says."""
    packed = bytearray(zipped({"tiny/company.yaml": COMPANY, "tiny/bomb.yaml": b"\0" * 5_000_000}).getvalue())
    for header, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = packed.find(header, packed.find(header) + 4)
        struct.pack_into("<I", packed, at + offset, 10)
    with pytest.raises(Refused):
        unpack(io.BytesIO(bytes(packed)), "a.zip", tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 1_000


def test_many_small_files_are_bounded_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LARGEST_TOTAL", 3_000_000)
    files = {f"tiny/{n}.yaml": b"#" * 900_000 for n in range(5)}
    with pytest.raises(Refused, match="more than 3 MB"):
        unpack(zipped({"tiny/company.yaml": COMPANY, **files}), "a.zip", tmp_path)


@pytest.mark.parametrize(("limit", "count"), [("MOST_ENTRIES", 5), ("MOST_FILES", 5)])
def test_the_number_of_files_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, count: int
) -> None:
    monkeypatch.setattr(archives, limit, count)
    files = {f"tiny/{n}.yaml": "" for n in range(count)}
    with pytest.raises(Refused) as refused:
        unpack(zipped({"tiny/company.yaml": COMPANY, **files}), "a.zip", tmp_path)
    assert refused.value.code == "too_many_files"


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    packed = bytearray(zipped({"tiny/company.yaml": COMPANY}).getvalue())
    packed[packed.find(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Refused, match="encrypted"):
        unpack(io.BytesIO(bytes(packed)), "a.zip", tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"company: {name: Tiny}"])
def test_what_is_no_archive_says_so(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        unpack(io.BytesIO(content), "a.zip", tmp_path)
    assert refused.value.code == "no_archive"


def test_a_broken_archive_says_so(tmp_path: Path) -> None:
    packed = bytearray(zipped({"tiny/company.yaml": COMPANY * 100}).getvalue())
    at = packed.find(b"company.yaml") + 20
    packed[at : at + 10] = b"\xff" * 10
    with pytest.raises(Refused) as refused:
        unpack(io.BytesIO(bytes(packed)), "a.zip", tmp_path)
    assert refused.value.code == "no_archive"
