"""Command-line parser.  The modules that do the work are imported only when they are needed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from .config import cache_folder, nearest, project_settings
from .errors import IparsaveError, UsageError
from .options import HOW, OPTIONS, WHAT, BuildOptions, Option, count
from .processes.signals import raised, status_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .protocol.messages import Config
    from .supervisor.depfile import Depfile

_EPILOG = """\
examples:
  iparsave build scene.py               build the movies that the script saves
  iparsave build scene.py -- --seed 3   pass arguments to the script
  iparsave build -n --explain scene.py  list what would be rendered, and why
  iparsave diff scene.py                list the frames that the last edit changed
  iparsave verify --all scene.py        compare all blocks with Animation.save

exit status: 0 built or up to date; 1 build failed; 2 usage error; 130 interrupted
(129 by SIGHUP, 143 by SIGTERM)
"""
_DIFF_EPILOG = """Arguments after -- select the build that was made with these arguments.

exit status: 0 compared; 1 not built yet; 2 usage error
"""
_VERIFY_EPILOG = """Arguments after -- select the build that was made with these arguments.

exit status: 0 identical; 1 a file is damaged, a block differs, or the scene has changed since its
last build; 2 usage error; 130 interrupted (129 by SIGHUP, 143 by SIGTERM)
"""
_SCENES = "a script (default: the scenes in pyproject.toml)"
_JSON = "print one JSON object per line to standard output"

COMMANDS = ("build", "watch", "diff", "verify")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    scene_args: list[str] | None = None
    if "--" in arguments:
        at = arguments.index("--")
        arguments, scene_args = arguments[:at], arguments[at + 1 :]
    try:
        _check_command(arguments)
        options = _parser().parse_args(arguments)
        with raised():
            return _run(options, scene_args)
    except IparsaveError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt as interrupt:
        return status_of(interrupt)


def _check_command(arguments: list[str]) -> None:
    """Raise `UsageError`, with a suggestion, if the first argument is neither an option nor a command."""
    word = arguments[0] if arguments else "-"
    if word.startswith("-") or word in COMMANDS:
        return
    if word.endswith(".py") or os.path.isfile(word):
        raise UsageError(f"no such command: {word}", f"to build a scene: iparsave build {word}")
    raise UsageError(f"no such command: {word}", nearest(word, COMMANDS))


def _run(options: argparse.Namespace, scene_args: list[str] | None) -> int:
    if options.command == "diff":
        return _diff(options, scene_args)
    if options.command == "verify":
        return _verify(options, scene_args)
    if options.command == "watch":
        return _watch(options, scene_args or [])
    return _build(options, scene_args or [])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="iparsave",
        description="A build system for matplotlib movies: after an edit, only the blocks of frames that look "
        "different are rendered again.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_build(commands)
    _add_watch(commands)
    _add_diff(commands)
    _add_verify(commands)
    return parser


def _add_build(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    build = commands.add_parser(
        "build",
        help="build the movies that scripts save",
        description="Run each SCENE, an ordinary matplotlib script, and build the movies that it saves. If the "
        "script saves none, build SCENE.mp4 from the animation that it creates.",
        epilog="Arguments after -- are passed to the script.",
    )
    build.add_argument("scenes", nargs="*", metavar="SCENE", help=_SCENES)
    what, how = _add_common_to_builds(build)
    what.add_argument("--depfile", metavar="F", help="also write the dependencies of the movies, for make or ninja")
    how.add_argument("-n", "--dry-run", action="store_true", help="report what would be rendered, write nothing")
    how.add_argument("--force", action="store_true", help="render every block again")
    output = build.add_argument_group("output options")
    output.add_argument("--json", action="store_true", help=_JSON)
    loudness = output.add_mutually_exclusive_group()
    loudness.add_argument("-q", "--quiet", action="store_true", help="print errors only")
    loudness.add_argument("-v", "--verbose", action="store_true", help="print one line per block, with the reason")
    loudness.add_argument(
        "--explain", action="store_true", help="print all changes, and the size and age of each block"
    )


def _add_watch(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    watch = commands.add_parser(
        "watch",
        help="build again after every edit",
        description="Build the movies that SCENE saves, and build them again whenever the script, its modules or its "
        "data change. The script resumes at the first changed statement; the results of those before it are kept.",
        epilog="Arguments after -- are passed to the script. Keys in the terminal: q quits, r reruns the script.",
    )
    watch.add_argument("scene", metavar="SCENE", help="a script")
    shown = watch.add_argument_group("preview options")
    shown.add_argument("--preview", action="store_true", help="show the movie on a page for the browser")
    shown.add_argument("--open", action="store_true", help="open the page in the browser; implies --preview")
    shown.add_argument("--port", type=_port, metavar="N", help="port of the page (default: first free port from 8470)")
    shown.add_argument(
        "--host",
        type=_address,
        default="127.0.0.1",
        help="address of the page (default: %(default)s, this machine only)",
    )
    shown.add_argument("--draft", action="store_true", help="after an edit, build a smaller movie first")
    _, how = _add_common_to_builds(watch)
    how.add_argument("--rerun", action="store_true", help="run the script from the beginning after every edit")


def _add_common_to_builds(
    command: argparse.ArgumentParser,
) -> tuple[argparse._ArgumentGroup, argparse._ArgumentGroup]:
    """Add the options shared by all commands that build; return the groups of movie and build options."""
    what = command.add_argument_group("movie options")
    how = command.add_argument_group("build options")
    for group, options in ((what, WHAT), (how, HOW)):
        for option in options:
            _add_option(group, option)
    return what, how


def _add_option(group: argparse._ActionsContainer, option: Option) -> None:
    """Add *option* to *group*.  If it is not given, its value is None, and the project or the default decides."""
    words = option.help.format(default=option.default)
    if option.parse is None:
        group.add_argument(*option.flags, action="store_true", default=None, help=words)
        return
    kind, choices = _argparse_type(option.parse), option.choices or None
    group.add_argument(*option.flags, type=kind, metavar=option.metavar, choices=choices, help=words)


def _argparse_type(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    def typed(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"invalid value {text!r} (expected {error})") from None

    return typed


def _add_diff(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    diff = commands.add_parser(
        "diff",
        help="list the frames that an edit changed",
        description="List the frames of each SCENE's movies that the last edit changed: compare the last build\n"
        "with the last one before it that looked different. The script is not run.",
        epilog=_DIFF_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    diff.add_argument("scenes", nargs="*", metavar="SCENE", help=_SCENES)
    diff.add_argument(
        "--sheet",
        metavar="FILE",
        type=_sheet,
        help="also write these frames, before and after, to FILE (.png or .html)",
    )
    diff.add_argument(
        "--most",
        type=_argparse_type(count),
        default=12,
        metavar="N",
        help="maximum frames per movie on the sheet (default: %(default)s)",
    )
    _add_common(diff)
    _add_option(diff, OPTIONS["ffmpeg"])


def _add_verify(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verify = commands.add_parser(
        "verify",
        help="compare cached blocks with Animation.save",
        description="Check the files of the cache. Then run each SCENE in a new process, draw its frames with\n"
        "matplotlib's own Animation.save, and compare a sample of the cached blocks with them. Without a\n"
        "scene, check the cache only.",
        epilog=_VERIFY_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verify.add_argument("scenes", nargs="*", metavar="SCENE", help=_SCENES)
    verify.add_argument("--all", action="store_true", help="compare all blocks (default: three per movie)")
    _add_common(verify)


def _add_common(command: argparse.ArgumentParser) -> None:
    _add_option(command, OPTIONS["cache_dir"])
    command.add_argument("--json", action="store_true", help=_JSON)


def _build(options: argparse.Namespace, scene_args: list[str]) -> int:
    scenes = options.scenes or _scenes_of_project()
    if len(scenes) > 1 and options.output and not os.path.isdir(options.output):
        raise UsageError(
            f"-o {options.output} is not a folder, and there are several scenes",
            f"create it first: mkdir {options.output}",
        )
    depfile = None
    if options.depfile and not options.dry_run:
        from .supervisor.depfile import Depfile

        depfile = Depfile(options.depfile)
    for scene in scenes:
        status = _build_scene(scene, options, scene_args, depfile)
        if status:
            return status
    if depfile is not None:
        depfile.write()
    return 0


def _diff(options: argparse.Namespace, scene_args: list[str] | None) -> int:
    from .cache.runs import last
    from .commands.diff import diff

    places = [(scene, *_place(scene, options)) for scene in options.scenes or _scenes_of_project()]
    builds = [last(scene, scene_args, cache, root) for scene, cache, root in places]
    return diff(builds, sheet=options.sheet, most=options.most, ffmpeg=options.ffmpeg, json_lines=options.json)


def _verify(options: argparse.Namespace, scene_args: list[str] | None) -> int:
    from .cache.runs import last
    from .commands.verify import verify_cache, verify_scene

    scenes = options.scenes or _scenes_of_project(needed=False)
    places = [(scene, *_place(scene, options)) for scene in scenes]
    caches = [cache for _, cache, _ in places] or [_place("", options)[0]]
    status = 0
    for cache in dict.fromkeys(caches):
        if os.path.isdir(cache) or not scenes:
            status = max(status, verify_cache(cache, json_lines=options.json))
    for build in [last(scene, scene_args, cache, root) for scene, cache, root in places]:
        status = max(status, verify_scene(build, every=options.all, json_lines=options.json))
    return status


def _place(scene: str, options: argparse.Namespace) -> tuple[str, str]:
    """Return the cache folder and the project folder of *scene*."""
    root, settings = project_settings(os.path.dirname(scene))
    return cache_folder(options.cache_dir, root, settings), root


def _scenes_of_project(*, needed: bool = True) -> list[str]:
    root, settings = project_settings(os.getcwd())
    scenes = settings.get("scenes")
    if not scenes and not needed:
        return []
    if not scenes:
        raise UsageError(
            "no scene was given, and pyproject.toml lists none",
            'name a script, or add to pyproject.toml:\n\n  [tool.iparsave]\n  scenes = ["scene.py"]',
        )
    return [os.path.relpath(os.path.join(root, scene)) for scene in scenes]


def _build_scene(scene: str, options: argparse.Namespace, scene_args: list[str], depfile: Depfile | None) -> int:
    from .display.status import EXPLAINING, NORMAL, QUIET, VERBOSE, Status
    from .supervisor.scene_build import build_scene

    config: Config = {
        **_config(scene, options, scene_args),
        "force": options.force,
        "dry": options.dry_run,
        "terminal": sys.stderr.isatty() and not options.json and not options.quiet,
    }
    loudness = EXPLAINING if options.explain else VERBOSE if options.verbose else QUIET if options.quiet else NORMAL
    return build_scene(config, Status(scene, loudness, json_lines=options.json, dry=options.dry_run), depfile)


def _watch(options: argparse.Namespace, scene_args: list[str]) -> int:
    from .commands.watch import PreviewSettings, watch

    def configure() -> Config:
        return _config(options.scene, options, scene_args)

    show = PreviewSettings(
        preview=options.preview or options.open, host=options.host, port=options.port, opens=options.open
    )
    return watch(options.scene, configure, show, drafts=options.draft, warm=not options.rerun)


def _config(scene: str, options: argparse.Namespace, scene_args: list[str]) -> Config:
    """Return the fields of the scene process's `Config` that the command line and pyproject.toml determine."""
    root, settings = project_settings(os.path.dirname(scene))
    values = {name: option.value(getattr(options, name), settings) for name, option in OPTIONS.items()}
    return {
        "script": scene,
        "args": scene_args,
        "root": root,
        "cache": cache_folder(options.cache_dir, root, settings),
        "inputs": settings.get("inputs", []),
        "force": False,
        "dry": False,
        "terminal": False,
        **BuildOptions(values).to_config(),  # type: ignore[typeddict-item]  # has names that mypy does not know
    }


def _version() -> str:
    from . import __version__

    return f"iparsave {__version__}"


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value < 1 << 16:
        raise argparse.ArgumentTypeError(f"invalid port {text!r} (expected 0 to 65535)")
    return value


def _address(text: str) -> str:
    from ipaddress import ip_address

    try:
        return str(ip_address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"invalid IP address: {text!r}") from None


def _sheet(text: str) -> str:
    if not text.lower().endswith((".png", ".html")):
        raise argparse.ArgumentTypeError(f"invalid file {text!r} (expected .png or .html)")
    return text
