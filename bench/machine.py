"""What the figures were measured on: without it they say nothing."""

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

_GIB = 1024**3


def describe() -> str:
    """One line: the date, the machine, how busy it is, Python."""
    today = datetime.now(UTC).date()
    return (
        f"Measured on {today}: {os.cpu_count()} cores ({_processor()}), "
        f"{_memory_gib():.0f} GiB of memory, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load average {os.getloadavg()[0]:.1f} before"
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(errors="replace")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
