"""Importing the package requires no fork, fcntl, Unix sockets or /proc, which other platforms lack."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

PACKAGE = Path(__file__).parent.parent / "incremental_parsave"
ABSENT = """
import importlib, os, signal, socket, sys

for name in ("fcntl", "resource", "termios", "tty", "pwd", "grp"):
    sys.modules[name] = None
for name in ("fork", "forkpty", "register_at_fork", "setpgid", "getpgid", "killpg", "O_ASYNC", "O_NONBLOCK", "getsid",
             "sched_getaffinity", "O_CLOEXEC", "getuid", "mkfifo"):
    if hasattr(os, name):
        delattr(os, name)
for module, names in ((socket, ("AF_UNIX", "send_fds", "recv_fds", "SO_PEERCRED")),
                      (signal, ("SIGHUP", "SIGCHLD", "SIGIO", "SIGKILL", "pthread_sigmask"))):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
isdir = os.path.isdir
os.path.isdir = lambda path: not str(path).startswith("/proc") and isdir(path)
for name in NAMES:
    importlib.import_module(name)
print(len(NAMES))
"""


def test_all_modules_can_be_imported() -> None:
    modules = sorted(
        ".".join(["incremental_parsave", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")
        for path in PACKAGE.rglob("*.py")
        if path.name != "__main__.py"
    )
    code = ABSENT.replace("NAMES", repr(modules))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) == len(modules)
