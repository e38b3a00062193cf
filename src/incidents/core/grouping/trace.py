"""Stack traces in texts: Python, Java, JavaScript, .NET, Go, Ruby and PHP."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from incidents.core.grouping.mask import mask_name

# Of one trace. What is beyond tells nothing more about the problem.
TRACE_CHARS_MAX = 16 * 1024
FRAMES_MAX = 32
FRAME_CHARS_MAX = 200
_HEAD_WORDS_MAX = 200
# Frames are those of a program: the same ones again and again.
_REMEMBERED_MAX = 2048

_PYTHON_HEAD = "Traceback (most recent call last):"
_PYTHON = re.compile(r'^ *+File "([^"\n]+)", line \d+, in ([^\n]+)', re.MULTILINE)
_RAISED = re.compile(r"^([A-Za-z_][\w.]*)(?:: ?([^\n]*))?$", re.MULTILINE)
_AT = re.compile(r"^[ \t]++at ([^\n]+)", re.MULTILINE)
_CAUSE = re.compile(r"^Caused by: ([\w.$]+)", re.MULTILINE)
_GO = re.compile(r"^([^\n\t]+)\n\t([^\n:]+):\d+", re.MULTILINE)
_RUBY = re.compile(r"(?<!\S)([^\s:]++):\d++:in [`']([^'\n]+)'")
_PHP = re.compile(r"^#\d+ ([^\n:(]+)(?:\(\d+\))?: ([^\n(]+)", re.MULTILINE)
# A word that ends a line, or is followed by what was said of it.
_RAISED_TYPE = re.compile(r"(?<![\w.$\\])(\w[\w.$\\]*+(?:::[\w.$\\]++)*+)(?=:|\(|\n|\Z)", re.ASCII)
_TYPE_ENDINGS = ("Exception", "Error", "Throwable", "Failure", "Fault", "Interrupt")


class Trace(NamedTuple):
    """What was raised, and where: functions with files, innermost first, no line numbers."""

    type: str
    value: str
    frames: tuple[str, ...]


def trace_of(text: str) -> Trace | None:
    """The trace in a text; None if there is none with a frame. The last one that was raised."""
    if "\n" not in text:
        return None
    text = text[:TRACE_CHARS_MAX].replace("\r\n", "\n")
    return next((trace for read in _READERS if (trace := read(text)) is not None), None)


def frame(function: str, place: str) -> str:
    """A frame as it counts: a function and the name of its file, without numbers."""
    return _frame(function[:FRAME_CHARS_MAX], place[-FRAME_CHARS_MAX:])


@lru_cache(maxsize=_REMEMBERED_MAX)
def _frame(function: str, place: str) -> str:
    file = place.replace("\\", "/").rpartition("/")[2].partition(":")[0].partition("?")[0]
    return mask_name(f"{function.rpartition('/')[2]} {file}"[:FRAME_CHARS_MAX])


def frames_of(frames: Sequence[str]) -> tuple[str, ...]:
    """The innermost frames, of those that repeat each other one: recursion ends anywhere."""
    once = [each for at, each in enumerate(frames) if at == 0 or each != frames[at - 1]]
    return tuple(once[:FRAMES_MAX])


def _python(text: str) -> Trace | None:
    _, head, last = text.rpartition(_PYTHON_HEAD)
    found = list(_PYTHON.finditer(last)) if head else []
    if not found:
        return None
    raised = _RAISED.search(last, found[-1].end())
    frames = frames_of([frame(each[2], each[1]) for each in reversed(found)])
    return Trace(raised[1] if raised else "", (raised and raised[2]) or "", frames)


def _lines_with_at(text: str) -> Trace | None:
    """Java's and Kotlin's, JavaScript's, .NET's, Rust's."""
    found = list(_AT.finditer(text))
    if not found:
        return None
    kind, value = _head(text[: found[0].start()])
    kinds = [kind, *_CAUSE.findall(text)]
    return Trace(" ".join(kinds), value, frames_of([_frame_at(each[1]) for each in found]))


def _frame_at(line: str) -> str:
    if ") in " in line:  # .NET, with its file
        function, _, place = line.partition("(")
        return frame(function, place.rpartition(" in ")[2])
    if line.endswith(")"):
        function, _, place = line.rpartition("(")
        return frame(function.strip(), place[:-1])
    return frame("", line)


def _go(text: str) -> Trace | None:
    head, found, rest = text.partition("goroutine ")
    if not found:
        return None
    frames = _GO.findall(rest.partition("\n\n")[0])
    first = next((line for line in head.split("\n") if line.startswith(("panic", "fatal"))), "")
    kind, _, value = first.partition(": ")
    read = [frame(function.rpartition("(")[0], file) for function, file in frames]
    return Trace(kind, value, frames_of(read)) if frames else None


def _ruby(text: str) -> Trace | None:
    frames = _RUBY.findall(text)
    if not frames:
        return None
    head = text.partition("\n")[0].rstrip()
    kind = head.rpartition("(")[2].removesuffix(")") if head.endswith(")") else ""
    value = head.rpartition("': ")[2].rpartition(" (")[0]
    return Trace(kind, value, frames_of([frame(function, file) for file, function in frames]))


def _php(text: str) -> Trace | None:
    frames = _PHP.findall(text)
    if not frames:
        return None
    kind, value = _head(text[: text.index("#0") if "#0" in text else len(text)])
    return Trace(kind, value, frames_of([frame(function, file) for file, function in frames]))


def _head(text: str) -> tuple[str, str]:
    """Type and value of what was raised, from what stands above its frames."""
    for found in islice(_RAISED_TYPE.finditer(text), _HEAD_WORDS_MAX):
        if found[1].endswith(_TYPE_ENDINGS):
            return found[1], text[found.end() :].lstrip(":").strip().partition("\n")[0]
    return "", text.rstrip().rpartition("\n")[2].strip()


_READERS: tuple[Callable[[str], Trace | None], ...] = (_python, _go, _lines_with_at, _ruby, _php)
