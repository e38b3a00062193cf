"""What the bench says of processor time and memory is what processes used."""

import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from bench import usage

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not usage.measurable(), reason="this system has no /proc"),
]

# A child takes memory and processor time, and stays or ends; then its parent says so, and waits.
CHILD = """
import time
held = bytearray(60_000_000)
while time.process_time() < 0.5:
    pass
print("done", flush=True)
{then}
"""
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {child!r}], stdout=subprocess.PIPE)
child.stdout.readline()
{then}
print("done", flush=True)
sys.stdin.read()
child.kill()
"""


@contextmanager
def parent(*, child_ends: bool) -> Iterator[int]:
    child = CHILD.format(then="" if child_ends else "time.sleep(60)")
    program = PARENT.format(child=child, then="child.wait()" if child_ends else "")
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        yield process.pid
        process.communicate()


@pytest.mark.parametrize("child_ends", [False, True])
def test_the_time_of_a_child_counts_while_it_runs_and_after(*, child_ends: bool) -> None:
    with parent(child_ends=child_ends) as process:
        used = usage.now(postgresql=process, server=process)
    assert 0.4 < used.server < 5
    assert used.postgresql == used.server


def test_what_ran_before_is_not_counted() -> None:
    with parent(child_ends=False) as process:
        before = usage.now(postgresql=process, server=None)
        cost = before.until(usage.now(postgresql=process, server=None), reports=10, peak_bytes=0)
    assert cost.postgresql_us < 0.4e6 / 10
    assert math.isnan(cost.server_us)
    assert cost.sum_us == cost.postgresql_us + cost.client_us


def test_a_client_counts_once_it_has_ended() -> None:
    before = usage.now(postgresql=1, server=None)
    with parent(child_ends=True):
        running = usage.now(postgresql=1, server=None)
    ended = usage.now(postgresql=1, server=None)
    assert running.client == before.client
    assert ended.client - before.client > 0.4


def test_the_most_memory_is_that_of_the_largest_worker() -> None:
    with parent(child_ends=False) as process:
        assert 60e6 < usage.peak_bytes(process) < 120e6
    with parent(child_ends=True) as process:
        assert usage.peak_bytes(process) == 0
