"""Two builds publish a movie to the same path: every combination of pauses and kills between their steps."""

from __future__ import annotations

import fcntl
import json
import sys

import pytest

from incremental_parsave.cache import records
from incremental_parsave.cache.places import Place
from incremental_parsave.processes import lifeline

from .scenes import LINE, edited
from .space import Space

STEPS = """\
import fcntl, itertools, json, os, shutil, signal, sys, traceback, types
from pathlib import Path
from incremental_parsave.cache import places, records
from incremental_parsave.processes import locks
from incremental_parsave.media.assemble import assemble
from incremental_parsave.model import Recipe
from incremental_parsave.cache.store import Store

KILLED, targets = json.loads(sys.argv[1])
CACHE, MOVIE, OLD, NEW = ".iparsave_cache", Path("out.mp4"), 0, 1
recipes = [Recipe.from_json(MOVIE, target["recipe"]) for target in targets]
bytes_of = [Path(target["kept"]).read_bytes() for target in targets]


class Build:
    '''A build in its own process, which pauses before step number *pause*.'''

    def __init__(self, which, number, pause):
        self.over = self.has_paused = False
        (status_reader, status_writer), (resume_reader, resume_writer) = os.pipe(), os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(status_writer), os.close(resume_reader)
            self.status_reader, self.resume_writer = status_reader, resume_writer
            return
        steps = itertools.count()

        def pausing(call):
            def paused(*args, **kwargs):
                if next(steps) == pause:
                    os.write(status_writer, b"p"), os.read(resume_reader, 1)
                return call(*args, **kwargs)
            return paused

        flock = fcntl.flock

        def lock(descriptor, how):
            if how & fcntl.LOCK_NB:
                return flock(descriptor, how)
            while True:
                try:
                    return flock(descriptor, how | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.write(status_writer, b"b"), os.read(resume_reader, 1)

        def seen(module, *names, **others):
            calls = {name: pausing(getattr(module, name)) for name in names}
            return types.SimpleNamespace(**{**vars(module), **calls, **others})

        places.os = seen(os, "replace", "stat", "fstat", "close")
        places.records = seen(records, "write")
        locks.fcntl = seen(fcntl, flock=pausing(lock))
        places.signature = pausing(places.signature)
        try:
            assemble(recipes[which], Store(Path(CACHE)), targets[which]["ffmpeg"], number)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)

    def read_status(self):
        '''Return p if it has paused, b if it waits for the other build, nothing if it has ended.'''
        letter = os.read(self.status_reader, 1).decode()
        self.has_paused |= letter == "p"
        if not letter:
            self.end()
        return letter

    def resume(self):
        os.write(self.resume_writer, b".")
        return self.read_status()

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self.end()

    def end(self):
        self.over = True
        _, status = os.waitpid(self.pid, 0)
        assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL), status
        os.close(self.status_reader), os.close(self.resume_writer)


def all_ended(*builds):
    while not all(build.over for build in builds):
        for build in builds:
            while not build.over and build.resume() == "p":
                pass


def check(said, *, ended):
    '''Check that the movie is that of the newer build, and is recorded as such.'''
    made = MOVIE.read_bytes() if MOVIE.exists() else b""
    place = places.Place(CACHE, str(MOVIE))
    for which in OLD, NEW:
        if place.holds(targets[which]["content"]):
            assert made == bytes_of[which], (said, which, "is reported as up to date")
    if ended:
        assert made == bytes_of[NEW], (said, "is not the newer")
        assert place.holds(targets[NEW]["content"]), (said, "is not known")


count, number = 0, places.begin(CACHE)
for first, is_there in itertools.product((OLD, NEW), (False, True)):
    for pause in itertools.count():
        for other_pause in itertools.count():
            count += 1
            said = [first, is_there, pause, other_pause]
            MOVIE.unlink(missing_ok=True)
            if is_there:
                shutil.copyfile(targets[OLD]["kept"], MOVIE)
            number += 2
            one = Build(first, number + first, pause)
            one.read_status()
            two = Build(1 - first, number + 1 - first, other_pause)
            two.read_status()
            if KILLED == "none":
                all_ended(*((two, one) if pause % 2 else (one, two)))
                check(said, ended=True)
            else:
                newer, older = (one, two) if first == NEW else (two, one)
                if not newer.over:
                    newer.kill()
                before = MOVIE.read_bytes() if MOVIE.exists() else b""
                all_ended(older)
                check(said, ended=False)
                assert before != bytes_of[NEW] or MOVIE.read_bytes() == before, (said, "is replaced")
                if not one.over:
                    all_ended(one)
            for left in Path().glob(".out.*"):
                left.unlink()
            if not two.has_paused:
                break
        if not one.has_paused:
            break
print(count)
"""


def run_interleavings(space: Space, killed: str) -> int:
    """Build two movies, publish them to one path in every interleaving; return the number of interleavings."""
    targets = []
    for text in ("one", "two"):
        space.write("scene.py", edited(LINE, '    title.set_text(f"frame {i}")\n', f'    title.set_text("{text}")\n'))
        space.build("scene.py")
        (manifest,) = space.path(".iparsave_cache/manifests").rglob("*/*")
        body = records.unpack(manifest.read_bytes())
        assert body is not None
        kept = space.path("out.mp4").rename(space.path(f"{text}.mp4"))
        targets.append({**body["targets"][0], "kept": str(kept)})
    done = space.run([sys.executable, "-c", STEPS, json.dumps([killed, targets])])
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.exhaustive
def test_newer_build_wins_in_every_interleaving(space: Space) -> None:
    assert run_interleavings(space, "none") > 200


@pytest.mark.exhaustive
def test_older_build_never_replaces_the_movie_of_a_killed_newer_one(space: Space) -> None:
    assert run_interleavings(space, "newer") > 200


def test_nothing_is_published_after_the_command_has_exited(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    movie, temporary = space.write("out.mp4", "old"), space.write(".out.mp4", "new")
    place = Place(str(space.path("cache")), str(movie))
    monkeypatch.setattr(lifeline, "check", sys.exit)  # the real `check` ends the process
    with pytest.raises(SystemExit):
        place.put(temporary, "content", 1)
    assert movie.read_text() == "old"
    assert not place.is_last(1)


@pytest.mark.parametrize("how", [[], ["-o", "out.gif", "--writer", "pillow"]])  # joined; written by matplotlib
def test_temporary_files_of_killed_builds_are_removed(how: list[str], space: Space) -> None:
    suffix = "gif" if how else "mp4"
    left, in_use, another = (
        space.write(f".{name}.tmp.{suffix}", "half") for name in ("out.4718", "out.4719", "out.b.4718")
    )
    space.write("scene.py", LINE)
    with in_use.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        space.build("scene.py", *how)
    assert (left.exists(), in_use.exists(), another.exists()) == (False, True, True)
