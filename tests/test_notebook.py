"""Movies saved by notebook cells, run in a real kernel if ipykernel is installed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from .space import Space, frames_of

pytest.importorskip("ipykernel", reason="ipykernel is not installed, so there is no kernel to save movies in")

# Runs cells in a kernel, and prints the output, displays and exception of each.  The last one is interrupted.
CLIENT = """\
import json, os, sys, time
from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel()
kernel = manager.provisioner.pid
done = []

def command_of(pid):
    try:
        return open(f"/proc/{pid}/cmdline").read()
    except OSError:
        return ""

def copies():
    # the processes that are forked from the kernel, or from its copy
    pids = [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    return [pid for pid in pids if pid != kernel and command_of(pid) == command_of(kernel)]

try:
    for cell in sys.stdin.read().split("# %%\\n"):
        outputs = {"stdout": "", "stderr": "", "shown": 0, "raised": ""}

        def on_message(message):
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                outputs[content["name"]] += content["text"]
            elif kind == "display_data":
                outputs["shown"] += 1
            elif kind == "error":
                outputs["raised"] = content["ename"]

        client.execute_interactive(cell, allow_stdin=False, output_hook=on_message, timeout=60)
        done.append(outputs)
    asked = client.execute("HANGS = True; saved('interrupted.mkv')")
    until = time.monotonic() + 60
    while not any(os.getpriority(os.PRIO_PROCESS, pid) == 1 for pid in copies()):
        assert time.monotonic() < until, "no copy has come to the frame that hangs"
        time.sleep(0.01)
    manager.interrupt_kernel()
    while (reply := client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != asked:
        pass
    done.append({"raised": reply["content"]["ename"], "left": copies()})
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
print(json.dumps(done))
"""

CELLS = """\
import os, sys, time
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
import incremental_parsave

KERNEL, HANGS = os.getpid(), False
fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
(line,) = ax.plot(np.zeros(20))
ax.set_ylim(-1, 2)
seen, late = [], int

def animate(i):
    seen.append(np.random.rand())
    line.set_ydata(np.full(20, seen[-1]))
    if i == 7:
        late()
        print("frame", i)
        print("error", i, file=sys.stderr)
        os.write(1, b"raw\\n")
    if HANGS and os.getpid() != KERNEL:
        os.nice(1)  # visible from outside the process
        time.sleep(60)

def saved(name, save=incremental_parsave.save, **options):
    np.random.seed(3)
    seen.clear()
    made = save(FuncAnimation(fig, animate, frames=13), name, codec="ffv1", extra_args=["-pix_fmt", "bgr0"], **options)
    state = len(seen), hash(tuple(seen)), np.random.rand(), line.get_ydata()[0]
    print("way:", getattr(made, "way", ""), "state:", state)
# %%
saved("fast.mkv", block_size=4, jobs=2)
# %%
late = lambda: open("written", "a").write("once ")
saved("late.mkv", block_size=4)
print(open("written").read())
# %%
late = lambda: input()
saved("input.mkv")
# %%
late = lambda: 1 / 0
saved("raises.mkv")
# %%
from IPython.display import display
late = lambda: display("shown")
saved("shown.mkv", block_size=4)
# %%
import socket
late, opened = int, socket.socket()
saved("socket.mkv")
# %%
import threading
opened.close()
stop = threading.Event()
thread = threading.Thread(target=stop.wait)
thread.start()
saved("thread.mkv")
stop.set()
thread.join()
# %%
saved("theirs.mkv", FuncAnimation.save)
print(open("/proc/self/task/%d/children" % KERNEL).read())
"""


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], Path]:
    space = Space(tmp_path_factory.mktemp("notebook"), cold=True)
    space.environment.pop("MPLBACKEND")
    space.environment["IPYTHONDIR"] = os.fspath(space.path("ipython"))
    done = space.python("-c", CLIENT, stdin=CELLS)
    return json.loads(done.stdout.splitlines()[-1]), space.folder


@pytest.mark.exhaustive
def test_movies_equal_those_of_animation_save(cells: tuple[list[dict[str, Any]], Path]) -> None:
    outputs, folder = cells
    _, fast, late, _, _, shown, held, thread, theirs, _ = outputs
    expected = frames_of(folder / "theirs.mkv")
    assert len(set(expected)) > 6
    ways = ["fast", "the animation writes", "fast", "the script has an open socket", "the script has running threads"]
    state = theirs["stdout"].partition("state:")[2].splitlines()[0]
    for cell, way in zip((fast, late, shown, held, thread), ways, strict=True):
        assert f"way: {way}" in cell["stdout"], cell
        assert cell["stdout"].partition("state:")[2].splitlines()[0] == state
        assert cell["stdout"].count("frame 7\n") == 1
        assert cell["stderr"].count("error 7\n") == 1
    for name in ("fast", "late", "shown", "socket", "thread"):
        assert frames_of(folder / f"{name}.mkv") == expected, name
    raw = sum(cell.get("stdout", "").count("raw\n") for cell in outputs)
    assert raw <= 6  # a thread of the kernel forwards it, possibly to a later cell
    assert "once \n" in late["stdout"]
    assert [cell["shown"] - theirs["shown"] for cell in (fast, shown)] == [0, 1], outputs
    assert theirs["stdout"].endswith("\n\n"), "children are left"


def test_exception_of_the_animation_is_raised_in_the_cell(cells: tuple[list[dict[str, Any]], Path]) -> None:
    outputs, folder = cells
    assert outputs[3]["raised"] == "StdinNotImplementedError"
    assert outputs[4]["raised"] == "ZeroDivisionError"
    assert not (folder / "raises.mkv").exists()


def test_interrupt_ends_the_forked_kernel(cells: tuple[list[dict[str, Any]], Path]) -> None:
    assert cells[0][-1] == {"raised": "KeyboardInterrupt", "left": []}
