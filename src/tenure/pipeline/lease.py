"""The lease: at most one process runs the pipeline of a home. Here real time counts, never a simulated one."""

from __future__ import annotations

import os
import socket
import threading
from datetime import datetime, timedelta
from typing import Self

from django.db import close_old_connections, connection, models
from django.db.models import Q

from tenure.base.clock import SystemClock
from tenure.base.ids import new_id

TIME_TO_LIVE = timedelta(seconds=60)
_clock = SystemClock()


class Lease(models.Model):
    """Who runs the pipeline now, and until when without another sign of life."""

    name = models.CharField(primary_key=True, max_length=40)
    holder = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    expires_at = models.DateTimeField()


class LeaseTaken(Exception):
    """Another process runs the pipeline: who, and when it was last heard of."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        super().__init__(
            f"{lease.holder} runs the pipeline; last heard of at {lease.heartbeat_at:%Y-%m-%d %H:%M:%S} UTC."
        )


class LeaseLost(Exception):
    """This process was silent for too long and another one took over: it must stop at once."""


def holder_name() -> str:
    """This process: host, process id, and a part that a later process with the same id does not share."""
    return f"{socket.gethostname()}:{os.getpid()}:{new_id()[-8:]}"


def _is_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that is no more, so that nobody waits for its lease to expire."""
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


class Held:
    """A lease that this process holds; a thread keeps it alive while work takes long. Used as a context."""

    def __init__(self, name: str = "pipeline", *, heartbeat: bool = True) -> None:
        self.name = name
        self.holder = holder_name()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True) if heartbeat else None

    def __enter__(self) -> Self:
        """Take the lease. Raises LeaseTaken where another process holds it."""
        now = _clock.now()
        lease, created = Lease.objects.get_or_create(name=self.name, defaults=self._fields(now))
        if not created:
            free = Q(expires_at__lte=now) | Q(holder="") | (Q(holder=lease.holder) if _is_dead(lease.holder) else Q())
            free = free if free.children else Q(pk__in=())
            if not Lease.objects.filter(free, name=self.name).update(**self._fields(now)):
                raise LeaseTaken(Lease.objects.get(name=self.name))
        if self._thread:
            self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=5)
        Lease.objects.filter(name=self.name, holder=self.holder).update(holder="", expires_at=_clock.now())

    def _fields(self, now: datetime) -> dict[str, object]:
        return {"holder": self.holder, "taken_at": now, "heartbeat_at": now, "expires_at": now + TIME_TO_LIVE}

    def renew(self) -> None:
        """Give a sign of life. Raises LeaseLost where another process has the lease by now."""
        now = _clock.now()
        mine = Lease.objects.filter(name=self.name, holder=self.holder)
        if not mine.update(heartbeat_at=now, expires_at=now + TIME_TO_LIVE):
            raise LeaseLost(f"{self.holder} lost the lease “{self.name}”.")

    def check(self) -> None:
        """Raise LeaseLost unless this process still holds the lease. Inside a transaction it holds until the commit."""
        rows = Lease.objects.select_for_update() if connection.in_atomic_block else Lease.objects.all()
        if not rows.filter(name=self.name, holder=self.holder).exists():
            raise LeaseLost(f"{self.holder} lost the lease “{self.name}”.")

    def _beat(self) -> None:
        while not self._stop.wait(TIME_TO_LIVE.total_seconds() / 4):
            try:
                self.renew()
            except LeaseLost:
                return
            except Exception:  # noqa: S112 - a busy database is tried again at the next beat
                continue
            finally:
                close_old_connections()
        connection.close()
