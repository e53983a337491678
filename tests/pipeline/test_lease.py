"""The lease: one process runs the pipeline, and a dead one's lease is free."""

import socket
import subprocess
from datetime import timedelta

import pytest

from tenure.base.clock import SystemClock
from tenure.pipeline.lease import Held, Lease, LeaseLost, LeaseTaken

pytestmark = pytest.mark.django_db


def held() -> Held:
    return Held(heartbeat=False)


def test_a_second_process_is_refused_and_told_who_has_it() -> None:
    with held() as first:
        with pytest.raises(LeaseTaken, match=first.holder), held():
            pass
        first.check()


def test_a_lease_given_back_is_free_at_once() -> None:
    with held():
        pass
    with held() as second:
        second.check()


def test_an_expired_lease_is_taken_and_its_holder_learns_it() -> None:
    first = held().__enter__()
    Lease.objects.update(expires_at=SystemClock().now() - timedelta(seconds=1))
    with held() as second:
        second.check()
        with pytest.raises(LeaseLost):
            first.check()
        with pytest.raises(LeaseLost):
            first.renew()


def test_a_sign_of_life_moves_the_expiry() -> None:
    with held() as lease:
        Lease.objects.update(expires_at=SystemClock().now() + timedelta(seconds=1))
        lease.renew()
        assert Lease.objects.get().expires_at > SystemClock().now() + timedelta(seconds=50)


def test_nobody_waits_for_a_process_of_this_machine_that_was_killed() -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    first = held().__enter__()
    Lease.objects.update(holder=f"{socket.gethostname()}:{child.pid}:abcdefgh")
    with held() as second:
        second.check()
    with pytest.raises(LeaseLost):
        first.check()


def test_a_live_process_of_this_machine_keeps_its_lease() -> None:
    held().__enter__()
    Lease.objects.update(holder=f"{socket.gethostname()}:1:abcdefgh")
    with pytest.raises(LeaseTaken), held():
        pass
