"""Kinds of state on which the frames of a scene may depend; attacks are made from them.

A `Counter` is kept from frame to frame, and read when the scene shows it.  A `Look`
changes what matplotlib draws, although the scene does not touch the drawn artist again.
"""

from __future__ import annotations

from typing import NamedTuple


class Counter(NamedTuple):
    """State in which frames count.

    Attributes
    ----------
    count : str
        Statement that adds STEP.
    read : str
        Expression whose value depends on the count.
    setup : str
        Statements to run before the animation is made.
    """

    count: str
    read: str
    setup: str = ""


class Look(NamedTuple):
    """State that affects how matplotlib draws.

    Attributes
    ----------
    change, undo : str
        Statements that change the state, and change it back.
    each : str
        Statement to run in every frame.
    setup : str
        Statements to run before the animation is made; `change` and `undo` may use their names.
    """

    change: str
    undo: str
    setup: str = ""
    each: str = "pass"


def _attribute(of: str, setup: str = "") -> Counter:
    return Counter(f"{of}.hits = getattr({of}, 'hits', 0) + STEP", f"getattr({of}, 'hits', 0)", setup)


_BEFORE_ANIM = "class NotYet:\n    pass\n\n\nanim = NotYet()"


COUNTERS = {
    "an artist": _attribute("dot"),
    "the animation": _attribute("anim", _BEFORE_ANIM),
    "the animation's class": _attribute("type(anim)", _BEFORE_ANIM),
    "the figure": _attribute("fig"),
    "the axes": _attribute("ax"),
    "an axis": _attribute("ax.xaxis"),
    "the canvas": _attribute("fig.canvas"),
    "a formatter": _attribute("ax.xaxis.get_major_formatter()"),
    "a transform": _attribute("ax.transAxes"),
    "pyplot": _attribute("plt"),
    "numpy": _attribute("np"),
    "sys": _attribute("sys"),
    "builtins": Counter("builtins.hits = getattr(builtins, 'hits', 0) + STEP", "getattr(builtins, 'hits', 0)",
                        "import builtins"),
    "a class of matplotlib": Counter("Line2D.hits = getattr(Line2D, 'hits', 0) + STEP", "getattr(Line2D, 'hits', 0)",
                                     "from matplotlib.lines import Line2D"),
    "a class of the scene": Counter("Count.n += STEP", "Count.n", "class Count:\n    n = 0"),
    "an object with slots": Counter("count.n += STEP", "count.n",
                                    "class Count:\n    __slots__ = ('n',)\n\n\ncount = Count()\ncount.n = 0"),
    "globals()": Counter("globals()['hits'] += STEP", "globals()['hits']", "hits = 0"),
    "a list": Counter("hits.append(STEP)", "sum(hits)", "hits = []"),
    "an array": Counter("hits[0] += STEP", "hits[0]", "hits = np.zeros(1)"),
    "a deque": Counter("hits.append(STEP)", "sum(hits)", "from collections import deque\nhits = deque(maxlen=99)"),
    "ctypes": Counter("hits.value += STEP", "hits.value", "import ctypes\nhits = ctypes.c_int(0)"),
    "a default argument of a function": Counter("count(STEP)", "sum(count.__defaults__[0])",
                                                "def count(by, kept=[]):\n    kept.append(by)"),
    "an attribute of a function": Counter("count.n += STEP", "count.n", "def count():\n    pass\n\n\ncount.n = 0"),
    "a closure": Counter(
        "count(STEP)", "count(0)",
        "def counter():\n    n = 0\n\n    def add(by):\n        nonlocal n\n        n += by\n        return n\n\n"
        "    return add\n\n\ncount = counter()"),
    "an iterator": Counter("[next(hits) for _ in range(STEP)]", "hits.__reduce__()[1][0]",
                           "import itertools\nhits = itertools.count()"),
    "lru_cache": Counter("[seen((i, n)) for n in range(STEP)]", "seen.cache_info().currsize",
                         "import functools\n\n\n@functools.lru_cache(None)\ndef seen(n):\n    return n"),
    "a weak dictionary": Counter(
        "hits.setdefault(fig, []).append(STEP)", "sum(hits.get(fig, []))",
        "import weakref\nhits = weakref.WeakKeyDictionary()"),
    "threading.local": Counter("hits.n += STEP", "hits.n", "import threading\nhits = threading.local()\nhits.n = 0"),
    "a context variable": Counter("hits.set(hits.get() + STEP)", "hits.get()",
                                  "import contextvars\nhits = contextvars.ContextVar('hits')\nhits.set(0)"),
    "the decimal context": Counter("decimal.getcontext().prec += STEP", "decimal.getcontext().prec", "import decimal"),
    "numpy's error handling": Counter("np.seterr(divide=ERRORS[(ERRORS.index(np.geterr()['divide']) + STEP) % 3])",
                                      "np.geterr()['divide']",
                                      "ERRORS = ['ignore', 'warn', 'raise']\nnp.seterr(divide='warn')"),
    "numpy's print options": Counter("np.set_printoptions(precision=np.get_printoptions()['precision'] + STEP)",
                                     "np.get_printoptions()['precision']"),
    "np.random": Counter("np.random.random(STEP)", "np.random.get_state()[2]", "np.random.seed(1)"),
    "random": Counter("[random.random() for _ in range(STEP)]", "random.getstate()[1][-1]",
                      "import random\nrandom.seed(1)"),
    "a random generator of numpy": Counter("rng.random(STEP)", "rng.bit_generator.state['state']['state'] % 9973",
                                           "rng = np.random.default_rng(1)"),
    "a logger": Counter("log.setLevel(log.level + STEP)", "log.level",
                        "import logging\nlog = logging.getLogger('hits')"),
    "the warning filters": Counter("warnings.filters.append(('ignore', None, Warning, None, STEP))",
                                   "sum(row[4] for row in warnings.filters if row[0] == 'ignore' and row[3] is None)",
                                   "import warnings"),
    "the recursion limit": Counter("sys.setrecursionlimit(sys.getrecursionlimit() + STEP)", "sys.getrecursionlimit()"),
    "the environment": Counter("os.environ['HITS'] = str(int(os.environ.get('HITS', 0)) + STEP)",
                               "os.environ.get('HITS', 0)", "import os"),
    "rcParams": Counter("plt.rcParams['figure.max_open_warning'] += STEP", "plt.rcParams['figure.max_open_warning']"),
    "a module of the scene": Counter("tally.n += STEP", "tally.n", "import tally"),
    "the registered colormaps": Counter(
        "[matplotlib.colormaps.register(matplotlib.colormaps['viridis'], name=f'c{len(matplotlib.colormaps)}')"
        " for _ in range(STEP)]",
        "len(matplotlib.colormaps)", "import matplotlib"),
    "a counter in a callback": Counter("[ax.set_xlim(0, 1) for _ in range(STEP)]", "called[0]",
                                       "called = [0]\n\n\ndef note(ax):\n    called[0] += 1\n\n\n"
                                       "ax.callbacks.connect('xlim_changed', note)"),
    "a hidden text": Counter("hidden.set_rotation(hidden.get_rotation() + STEP)", "hidden.get_rotation()",
                             "hidden = ax.text(0, 0, 'x', visible=False)"),
    "a line in no axes": Counter("loose.set_xdata([loose.get_xdata()[0] + STEP])", "loose.get_xdata()[0]",
                                 "from matplotlib.lines import Line2D\nloose = Line2D([0], [0])"),
    "an artist's gid": Counter("dot.set_gid(str(int(dot.get_gid() or 0) + STEP))", "dot.get_gid()"),
    "the figure's label": Counter("fig.set_label(str(int(fig.get_label() or 0) + STEP))", "fig.get_label()"),
    "an unused transform": Counter("moved.translate(STEP, 0)", "moved.get_matrix()[0, 2]",
                                   "from matplotlib.transforms import Affine2D\nmoved = Affine2D()"),
}  # fmt: skip

_LINE = "(line,) = ax.plot([0, 1], [0.2, 0.8])\nORIGINAL = dict(vars(line))"
_PATCHED = """\
import functools
from matplotlib.{module} import {of}

ORIGINAL = {of}.{name}


@functools.wraps(ORIGINAL)
def other({arguments}):
    {body}
"""


def _patched(module: str, of: str, name: str, arguments: str, body: str, setup: str) -> Look:
    """Return a `Look` that patches a method of matplotlib; the replacement takes over its name and module."""
    before = _PATCHED.format(module=module, of=of, name=name, arguments=arguments, body=body)
    return Look(f"{of}.{name} = other", f"{of}.{name} = ORIGINAL", before + setup)


def _global(module: str, name: str, value: str, setup: str, each: str = "pass") -> Look:
    """Return a `Look` that changes a global variable in a module of matplotlib."""
    return Look(f"{module}.{name} = {value}", f"{module}.{name} = ORIGINAL",
                f"import {module}\nORIGINAL = {module}.{name}\n{setup}", each)  # fmt: skip


LOOKS = {
    "a clip path changed in place": Look(
        "xy[:, 0] += 0.2; clip.set_xy(xy)", "xy[:, 0] -= 0.2; clip.set_xy(xy)",
        "image = ax.imshow(np.eye(8), extent=(0, 1, 0, 1))\n"
        "clip = plt.Polygon([[0.2, 0.2], [0.6, 0.2], [0.6, 0.8]], fc='none', transform=ax.transData)\n"
        "ax.add_patch(clip)\nimage.set_clip_path(clip)\nxy = clip.get_xy()"),
    "one of two clip paths changed in place": Look(
        "xy[:, 0] += 0.2; clip.set_xy(xy)", "xy[:, 0] -= 0.2; clip.set_xy(xy)",
        "for left in (0.1, 0.4):\n    image = ax.imshow(np.eye(8) * left, extent=(0, 1, 0, 1))\n"
        "    clip = plt.Polygon([[left, 0.2], [0.6, 0.2], [0.6, 0.8]], fc='none', transform=ax.transData)\n"
        "    ax.add_patch(clip)\n    image.set_clip_path(clip)\nxy = clip.get_xy()"),
    "Rectangle.get_path": _patched("patches", "Rectangle", "get_path", "self",
                                   "return Path([(0, 0), (1, 0), (0, 1), (0, 0)])",
                                   "from matplotlib.path import Path\nax.add_patch(Rectangle((0.2, 0.2), 0.5, 0.5))"),
    "ScalarFormatter.__call__": _patched("ticker", "ScalarFormatter", "__call__", "self, x, pos=None",
                                         "return 'other'", "ax.set_xticks([0, 1])"),
    "Text.draw": _patched("text", "Text", "draw", "self, renderer",
                          "self.get_text() == 'still' or ORIGINAL(self, renderer)",
                          "ax.text(0.1, 0.1, 'still')"),
    "Axes.draw": _patched("axes", "Axes", "draw", "self, renderer", "renderer.open_group('x')", ""),
    "Spine.draw": _patched("spines", "Spine", "draw", "self, renderer", "return None", ""),
    "Line2D.zorder": Look("Line2D.zorder = 0", "Line2D.zorder = 2",
                          "from matplotlib.lines import Line2D\nax.plot([0, 1], [0, 1], lw=8)\n"
                          "ax.add_patch(plt.Rectangle((0.2, 0.2), 0.5, 0.5))"),
    "a decorated formatter": Look(
        "unit[0] = 'km'", "unit[0] = 'm'",
        "import functools\nimport textwrap\nunit = ['m']\n\n\n@functools.wraps(textwrap.fill)\n"
        "def in_unit(value, place):\n    return unit[0]\n\n\nax.set_xticks([0.5])\n"
        "ax.xaxis.set_major_formatter(in_unit)"),
    "the locale": Look(
        "locale._override_localeconv = {**locale.localeconv(), 'decimal_point': ','}",
        "locale._override_localeconv = {}",
        "import locale\nax.set_xticks([0.25, 0.75])\nax.xaxis.get_major_formatter().set_useLocale(True)\n"
        "ax.tick_params(axis='x', pad=-15)"),
    "SHRINK_FACTOR": _global("matplotlib._mathtext", "SHRINK_FACTOR", "0.3", "still = ax.text(0.1, 0.1, '')",
                             "still.set_text('$a_{b_{%d}}$' % i)"),
    "tex2uni": Look("tex2uni['alpha'] = tex2uni['beta']", "tex2uni['alpha'] = ORIGINAL",
                    "from matplotlib._mathtext_data import tex2uni\nORIGINAL = tex2uni['alpha']\n"
                    "still = ax.text(0.1, 0.1, '')", r"still.set_text(r'$\alpha_{%d}$' % i)"),
    "hatch types": Look(
        "_hatch_types.append(Nothing)", "_hatch_types.remove(Nothing)",
        "from matplotlib import hatch\nfrom matplotlib.hatch import _hatch_types\n\n\n"
        "class Nothing(hatch.VerticalHatch):\n    def __init__(self, pattern, density):\n"
        "        self.num_lines = 9 if '/' in pattern else 0\n        self.num_vertices = self.num_lines * 2\n\n\n"
        "still = ax.add_patch(plt.Rectangle((0.1, 0.1), 0.8, 0.8, fill=False))",
        "still.set_hatch('/' * (1 + i))"),
    "_mark_every_path": _global("matplotlib.lines", "_mark_every_path", "lambda *args: args[1]",
                                "ax.plot([0, 0.5, 1], [0.2, 0.5, 0.8], 'o-', markevery=2)"),
    "offsetbox.DEBUG": _global("matplotlib.offsetbox", "DEBUG", "True",
                               "ax.plot([0, 1], [0, 1], label='a')\nax.legend()"),
    "vars()[...]": Look("vars(line)['_linewidth'] = 5", "vars(line)['_linewidth'] = 1.5", _LINE),
    "__dict__.update": Look("line.__dict__.update(_linewidth=5)", "line.__dict__.update(_linewidth=1.5)", _LINE),
    "object.__setattr__": Look("object.__setattr__(line, '_color', 'r')",
                               "object.__setattr__(line, '_color', 'C1')", _LINE),
    "a matrix changed in place": Look(
        "moved.get_matrix()[0, 2] += 0.2", "moved.get_matrix()[0, 2] -= 0.2",
        "from matplotlib.transforms import Affine2D\nmoved = Affine2D()\n"
        "ax.plot([0, 1], [0.2, 0.8], transform=moved + ax.transData)"),
    "limits changed in place": Look("ax.viewLim._points[0, 0] = -0.5", "ax.viewLim._points[0, 0] = 0", _LINE),
    "vertices changed in place": Look("line.get_path().vertices[0, 1] = 0.9",
                                      "line.get_path().vertices[0, 1] = 0.2", _LINE),
    "a line's data changed in place": Look("data[1] = 0.9; line.set_ydata(data)", "data[1] = 0.1; line.set_ydata(data)",
                                           "data = np.array([0.2, 0.1])\n(line,) = ax.plot([0, 1], data)"),
    "an image changed in place": Look("image.get_array()[2] = 0.5", "image.get_array()[2] = 0",
                                      "image = ax.imshow(np.zeros((4, 4)), vmin=0, vmax=1, extent=(0, 1, 0, 1))"),
    "a norm": Look("image.norm._vmax = 3.0", "image.norm._vmax = 1.0",
                   "image = ax.imshow(np.eye(4), vmin=0, vmax=1, extent=(0, 1, 0, 1))"),
    "children in another order": Look(
        "ax._children.reverse()", "ax._children.reverse()",
        "ax.add_patch(plt.Rectangle((0.1, 0.1), 0.5, 0.5, fc='r'))\n"
        "ax.add_patch(plt.Rectangle((0.3, 0.3), 0.5, 0.5, fc='b'))"),
    "path effects": Look("effects.append(Stroke(linewidth=6))", "effects.pop()",
                         _LINE + "\nfrom matplotlib.patheffects import Normal, Stroke\neffects = [Normal()]\n"
                         "line.set_path_effects(effects)"),
    "a redefined colour name": Look("names['mine'] = '#00ff00'", "names['mine'] = '#ff0000'",
                                    "from matplotlib.colors import get_named_colors_mapping\n"
                                    "names = get_named_colors_mapping()\nnames['mine'] = '#ff0000'\n"
                                    "ax.plot([0, 1], [0, 1])[0].set_color('mine')"),
    "the draw method of an instance": Look("line.draw = lambda renderer: None", "del line.draw", _LINE),
    "a box style": Look("still.get_bbox_patch().get_boxstyle().pad = 2",
                        "still.get_bbox_patch().get_boxstyle().pad = 0.3",
                        "still = ax.text(0.3, 0.3, 'x', bbox={'boxstyle': 'round'})"),
    "a colormap's table": Look(
        "image.cmap._lut[-4] = 0.5", "image.cmap._lut[-4] = LAST",
        "import matplotlib\ngrey = matplotlib.colormaps['gray'].copy()\n"
        "image = ax.imshow(np.eye(4), cmap=grey, extent=(0, 1, 0, 1))\n"
        "image.cmap(0.5)\nLAST = image.cmap._lut[-4].copy()"),
    "settings": Look("plt.rcParams['axes.unicode_minus'] = False", "plt.rcParams['axes.unicode_minus'] = True",
                     "ax.set_xlim(-1, 1)\nax.set_xticks([-0.5])\nax.tick_params(axis='x', pad=-15)"),
    "a legend's handle": Look("legend.legend_handles[0].set_linewidth(5)", "legend.legend_handles[0].set_linewidth(1)",
                              "ax.plot([0, 1], [0, 1], label='a', lw=1)\nlegend = ax.legend()"),
    "a method that the draw calls": Look("shown[0] = False", "shown[0] = True",
                                         "from matplotlib.lines import Line2D\nshown = [True]\n\n\nclass Own(Line2D):\n"
                                         "    def get_visible(self):\n        return shown[0]\n\n\n"
                                         "ax.add_line(Own([0, 1], [0, 1]))"),
}  # fmt: skip
