"""Files that a person hands in: bounded before they are read, kept for a day while the form around them is mended."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import get_valid_filename
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from tenure.base import clock
from tenure.base.errors import Forbidden, Refused
from tenure.base.ids import new_id
from tenure.records.upload import Upload

View = Callable[..., HttpResponse]

SALT = "tenure.staged"
LASTS = timedelta(days=1)
LONGEST_NAME = 100
MEGABYTE = 1024 * 1024
ENVELOPE = MEGABYTE  # what a form may hold beside its files


def bounded(most: int, instead: str = "") -> Callable[[View], View]:
    """Turn away a request whose files are larger than `most` bytes together, before any of it is read.

    The usual check of the form's token reads the whole request first; here it comes after the size. `instead` says
    what else one can do.
    """

    def decorate(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def measured(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            size = request.headers.get("Content-Length", "")
            if size.isdigit() and int(size) > most + ENVELOPE:
                return _too_large(request, most, instead)
            return protected(request, *args, **kwargs)

        return measured

    return decorate


def _too_large(request: HttpRequest, most: int, instead: str) -> HttpResponse:
    message = f"These files are larger than {most // MEGABYTE} MB together. {instead}".strip()
    context = {"refusal": Refused("too_large", message), "typed": (), "back": request.path}
    return render(request, "422.html", context, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


class Files(forms.FileField):
    """Any number of files."""

    class Widget(forms.FileInput):
        allow_multiple_selected = True

    widget = Widget

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given:
            super().clean(None, initial)
        return [super(Files, self).clean(each, initial) for each in given]


@dataclass(frozen=True)
class Staged:
    """A file as somebody calls it, and where it lies."""

    name: str
    path: Path


class Stage:
    """A folder of uploaded files that belongs to one person until what they are for is done, for a day at most."""

    def __init__(self, id: str, owner: str) -> None:
        self.id, self.owner = id, owner

    @classmethod
    def begin(cls, owner: str) -> Stage:
        """A new, empty stage; those that nobody came back to are removed."""
        place = _place()
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        oldest = (clock.now() - LASTS).timestamp()
        for folder in place.iterdir():
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
        made = cls(new_id(), owner)
        made.folder.mkdir(mode=0o700)
        return made

    @classmethod
    def resume(cls, token: str, owner: str) -> Stage | None:
        """The stage that a token names; None where it is over, or somebody else's."""
        try:
            id, of = signing.loads(token, salt=SALT, max_age=LASTS)
        except (signing.BadSignature, ValueError):
            return None
        found = cls(id, of)
        return found if of == owner and found.folder.is_dir() else None

    @property
    def token(self) -> str:
        return signing.dumps([self.id, self.owner], salt=SALT)

    @property
    def folder(self) -> Path:
        return _place() / self.id

    @property
    def _index(self) -> Path:
        return self.folder / "names.json"

    def files(self) -> list[Staged]:
        """What lies here, in the order in which it came; each under its own name, whatever it is called on the disk."""
        names: list[list[str]] = json.loads(self._index.read_text()) if self._index.exists() else []
        return [Staged(name, self.folder / where) for where, name in names]

    def add(self, given: Iterable[UploadedFile[Any]]) -> None:
        """Keep files; one of the same name takes the place of the earlier one."""
        held = {file.name: file.path for file in self.files()}
        for file in given:
            name = str(file.name)
            path = self.folder / new_id() / _plain(name)
            path.parent.mkdir(mode=0o700)
            with path.open("wb") as out:
                for chunk in file.chunks():
                    out.write(chunk)
            held[name] = path
        self._keep(held)

    def keep_only(self, names: Iterable[str]) -> None:
        """Forget the files that are not among these names."""
        wanted = set(names)
        self._keep({file.name: file.path for file in self.files() if file.name in wanted})

    def _keep(self, held: dict[str, Path]) -> None:
        rows = [[str(path.relative_to(self.folder)), name] for name, path in held.items()]
        self._index.write_text(json.dumps(rows))

    def forget(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _place() -> Path:
    return Path(settings.UPLOADS) / "staged"


def _plain(name: str) -> str:
    """A name that any file system takes, with the ending that says what the file is."""
    stem, dot, ending = get_valid_filename(Path(name).name or "file").rpartition(".")
    return f"{stem[-LONGEST_NAME:]}{dot}{ending[-10:]}"


def attachment(upload: Upload) -> FileResponse:
    """A file under the name that its giver gave it, never shown by the browser. Raises Forbidden where it is gone."""
    if not upload.path.is_file():
        raise Forbidden("account.view", "This file is no longer there.", hidden=True)
    response = FileResponse(
        upload.path.open("rb"), as_attachment=True, filename=upload.name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
