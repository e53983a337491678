"""Processes that a test may kill anywhere: forked from one that has everything loaded.

Loading the rooms takes longer than most of what such a process then does. Below, `serve` runs in a process of its own
(``python -m tests.forks MODULE``), which loads the module once, opens nothing, and forks a child for each piece of
work. A child reads the settings anew, for its own home, as a process that begins does; it dies as any other dies.
"""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]
STRANGE = ("TENURE_", "DJANGO_", "PYTEST", "COV")  # what the tests themselves are run with


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code, less than 0 where a signal ended it, and what it said."""

    code: int
    said: str
    errors: str

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL

    def answer(self) -> Any:
        """What it said last, as JSON."""
        assert self.code == 0, self.errors[-4000:]
        return json.loads(self.said.splitlines()[-1])


class Forks:
    """The loaded process, of a module that has ``ACTS``: what its children can do, by name."""

    def __init__(self, module: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tenure-forks-")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(STRANGE)}
        environment |= {"TENURE_HOME": self._folder.name, "TENURE_LOG": "ERROR"}
        environment |= {"DJANGO_SETTINGS_MODULE": "tenure.settings", "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.forks", module],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, home: Path, *acts: str, fault: str = "", after: float | None = None, **given: str) -> Ended:
        """Do these acts in one process, in a home, with what is given as its environment; kill it at the named fault,
        or `after` so many seconds.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        environment = given | {"TENURE_HOME": str(home), "TENURE_FAULT": fault}
        asked = {"acts": acts, "after": after, "environment": environment}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate()
        self._folder.cleanup()


def forks_of(module: str, scope: Literal["session", "module"] = "module") -> Any:
    """A fixture: the loaded process of a module, ended with the tests of the scope."""

    @pytest.fixture(scope=scope)
    def forks() -> Iterator[Forks]:
        started = Forks(module)
        yield started
        started.close()

    return forks


def serve(module: str) -> None:
    """Fork a child for each line of the input, and answer with how it ended."""
    import django

    django.setup()
    acts = importlib.import_module(module).ACTS
    folder = Path(os.environ["TENURE_HOME"])
    said, errors, loaded = folder / "said", folder / "errors", folder / "loaded"
    loaded.write_text("[]")
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _be_child([acts[name] for name in asked["acts"]], asked["environment"], said, errors, loaded)
        timer = threading.Timer(asked["after"] or 0, _kill, [child])
        if asked["after"] is not None:
            timer.start()
        _, status = os.waitpid(child, 0)
        timer.cancel()
        ended = Ended(os.waitstatus_to_exitcode(status), said.read_text(), errors.read_text())
        print(json.dumps(vars(ended)), flush=True)
        _load(json.loads(loaded.read_text()))


def _kill(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def _load(names: list[str]) -> None:
    """What one child had to load only when it needed it, the later ones need not load again."""
    for name in names:
        if name not in sys.modules:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)


def _be_child(acts: list[Any], environment: dict[str, str], said: Path, errors: Path, loaded: Path) -> NoReturn:
    code = 1
    try:
        for number, path in ((1, said), (2, errors)):
            os.dup2(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY), number)
        _begin(environment)
        for act in acts:
            act()
        loaded.write_text(json.dumps(list(sys.modules)))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _begin(environment: dict[str, str]) -> None:
    """Read the settings as a process that begins in this environment does."""
    from django.conf import Settings, settings
    from django.core.cache import caches
    from django.db import connections

    os.environ.update(environment)
    importlib.reload(importlib.import_module("tenure.settings"))
    settings._wrapped = Settings("tenure.settings")
    for handler in (connections, caches):
        vars(handler).clear()
        handler.__init__()


if __name__ == "__main__":
    serve(sys.argv[1])
