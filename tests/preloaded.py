"""python -m tests.preloaded FD: a process that loaded the program, and forks for each command.

What is asked for comes through the socket FD, a line each time, with where to answer and the three
files of the command: see tests/command.py.
"""

import gc
import json
import os
import runpy
import signal
import socket
import sys
from importlib import import_module

from incidents.cli import _COMMANDS

# A process, and then its exit code.
ANSWER = b"%16d"

_PIECE_BYTES = 65536
_FDS = 4


def main() -> None:
    """Returns in each fork that is to run a command; ends when nobody can ask any more."""
    with socket.socket(fileno=int(sys.argv[1])) as asking:
        asking.set_inheritable(False)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
        while True:
            asked, fds, _, _ = socket.recv_fds(asking, _PIECE_BYTES, _FDS)
            if not asked:
                sys.exit()
            while not asked.endswith(b"\n") and (more := asking.recv(_PIECE_BYTES)):
                asked += more
            if not os.fork():
                break
            for fd in fds:
                os.close(fd)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _run(asked, *fds)


def _run(asked: bytes, answer: int, *files: int) -> None:
    """Returns in the command's own process; the one before it answers and ends."""
    with socket.socket(fileno=answer) as answering:
        if process := os.fork():
            answering.send(ANSWER % process)
            _, status = os.waitpid(process, 0)
            answering.send(ANSWER % os.waitstatus_to_exitcode(status))
            os._exit(0)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.setsid()
    arguments, environment, folder = json.loads(asked)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv[1:] = arguments


if __name__ == "__main__":
    for name in set(_COMMANDS.values()):
        import_module(f"incidents.cli.{name}")
    gc.freeze()  # what is looked through is copied
    main()
    runpy.run_module("incidents", run_name="__main__", alter_sys=True)
