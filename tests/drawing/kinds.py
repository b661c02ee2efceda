"""Small figures of many kinds; each function fills the figure that it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib
import matplotlib.patheffects as effects
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.figure import Figure
from matplotlib.image import NonUniformImage
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Rectangle, Wedge
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

Fill = Callable[[Figure], Any]
KINDS: dict[str, Fill] = {}
SETTINGS: dict[str, dict[str, Any]] = {}  # rcParams
SAVEFIG: dict[str, dict[str, Any]] = {}  # arguments of savefig

X = np.linspace(0, 6, 40)
Y = np.sin(X)
Z = np.outer(np.sin(X[:12]), np.cos(X[:14]))
RANDOM = np.random.default_rng(1).random


def kind(savefig: dict[str, Any] | None = None, **settings: Any) -> Callable[[Fill], Fill]:
    def add(fill: Fill) -> Fill:
        name = fill.__name__
        KINDS[name], SETTINGS[name], SAVEFIG[name] = fill, settings, savefig or {}
        return fill

    return add


def made(name: str, fill: Fill | None = None) -> Figure:
    """Return a figure of kind *name*; to be called within its settings."""
    figure = Figure(figsize=(2.2, 1.6))
    FigureCanvasAgg(figure)
    (fill or KINDS[name])(figure)
    return figure


def settings(name: str) -> Any:
    return matplotlib.rc_context({"font.size": 7.0, **SETTINGS[name]})


def bare(figure: Figure, **kwargs: Any) -> Any:
    """Return axes without ticks, which cost most of a small figure's time."""
    return figure.add_subplot(xticks=[], yticks=[], **kwargs)


@kind()
def lines(figure):
    ax = figure.add_subplot()
    ax.plot(X, Y, "r-", X, -Y, "g--", X, Y / 2, "k:", lw=1.5)
    ax.grid()
    ax.set_title("title")


@kind()
def markers(figure):
    ax = bare(figure)
    for i, marker in enumerate("o^s*+x.d,|1"):
        ax.plot(X[::8], Y[::8] + i, marker, ms=3 + i / 2, mec="k", alpha=0.7)
    ax.plot(X, Y - 2, "o-", markevery=5, fillstyle="left")


@kind()
def scatter(figure):
    ax = bare(figure)
    ax.scatter(X, Y, s=X * 12, c=Y, cmap="viridis", alpha=0.5, edgecolors="k")
    ax.scatter(X, -Y, marker="x")


@kind()
def bars(figure):
    bare(figure).bar(range(5), [1, 3, 2, 5, 4], color=list("rgbcm"), edgecolor="k", yerr=0.3)


@kind()
def histogram(figure):
    ax = bare(figure)
    ax.hist(Y, bins=9)
    ax.hist(Y + 1, bins=9, histtype="step")


@kind()
def error_bars(figure):
    bare(figure).errorbar(X[::4], Y[::4], yerr=0.2, xerr=0.1, fmt="o", capsize=2, uplims=True)


@kind()
def filled(figure):
    ax = bare(figure)
    ax.fill_between(X, Y, -Y, where=Y > 0, alpha=0.4, hatch="//", interpolate=True)
    ax.stackplot(X, X / 6, X / 3, baseline="sym")


@kind()
def hatches(figure):
    ax = bare(figure)
    for i, hatch in enumerate(["/", "\\\\", "|", "-", "+", "xx", "o", "O", ".", "*"]):
        ax.add_patch(Rectangle((i / 10, 0), 0.1, 1, hatch=hatch, fc="w" if i % 2 else "none", ec=f"C{i}"))
    ax.scatter([0.5], [0.5], s=900, hatch="||", fc="none", ec="k")


@kind(**{"path.sketch": (1.0, 100.0, 2.0)})
def sketched(figure):
    ax = bare(figure)
    ax.plot(X, Y)
    ax.add_patch(Circle((2, 0), 0.5))
    ax.scatter([1, 2], [0, 1], s=90)


@kind()
def dashes(figure):
    ax = bare(figure)
    ax.plot(X, Y, dashes=[6, 2, 1, 2], dash_capstyle="round", gapcolor="y")
    ax.plot(X, Y + 1, ls=(3, (5, 1, 2)), lw=3, dash_joinstyle="bevel")
    ax.vlines([1, 2, 3], -1, 1, ls=[(0, (1, 2)), "-", "--"])


@kind()
def clip_paths(figure):
    ax = bare(figure)
    (line,) = ax.plot(X, Y, lw=8)
    image = ax.imshow(Z, extent=(0, 6, -1, 1), aspect="auto")
    circle = Circle((3, 0), 0.9, transform=ax.transData)
    line.set_clip_path(circle)
    image.set_clip_path(circle)
    ax.scatter(X, Y, c="r").set_clip_path(Wedge((3, 0), 2, 10, 200, transform=ax.transData))
    ax.plot(X, -Y, "o-", clip_on=False)


@kind()
def one_clip_path_two_rectangles(figure):
    # The second artist is drawn through the mask that the first one's rectangle has cut.
    ax = bare(figure)
    patch = PathPatch(Path(X[:20, None] % [1, 0.7]), transform=ax.transAxes)
    paths = []
    for left in (0.0, 0.4):
        artist = Rectangle((0, 0), 1, 1, transform=ax.transAxes, color="r" if left else "b", alpha=0.5)
        ax.add_artist(artist)
        artist.set_clip_path(patch)
        artist.set_clip_box(matplotlib.transforms.TransformedBbox(
            matplotlib.transforms.Bbox([[left, 0], [left + 0.5, 1]]), ax.transAxes))  # fmt: skip
        paths.append(artist)
    paths[1]._clippath = paths[0]._clippath


@kind()
def path_effects(figure):
    ax = bare(figure)
    ax.plot(X, Y, path_effects=[effects.SimpleLineShadow(), effects.Normal()])
    ax.text(1, 0, "text", size=20, path_effects=[effects.withStroke(linewidth=3, foreground="r")])
    ax.add_patch(Circle((4, 0), 0.5, path_effects=[effects.withSimplePatchShadow()]))
    ax.scatter(X[::9], Y[::9], path_effects=[effects.withTickedStroke(spacing=3)])


@kind()
def legend(figure):
    ax = bare(figure)
    ax.plot(X, Y, label="one")
    ax.scatter(X, -Y, label="two")
    ax.bar([1], [0.5], label="three")
    ax.legend(loc="best", shadow=True, fancybox=True)


@kind()
def annotations(figure):
    ax = bare(figure)
    ax.plot(X, Y)
    ax.annotate("here", (2, 0.9), (4, 0.5), arrowprops={"arrowstyle": "->", "connectionstyle": "arc3,rad=.3"})
    ax.annotate("there", (3, 0), (0.1, 0.1), textcoords="axes fraction", arrowprops={"facecolor": "k", "shrink": 0.1})


@kind()
def texts(figure):
    ax = bare(figure)
    ax.text(0.1, 0.5, "two\nlines", rotation=33, ha="center", linespacing=1.5)
    ax.text(0.5, 0.5, "in a box é ß", bbox={"boxstyle": "round4", "fc": "y", "alpha": 0.3}, weight="bold")
    ax.text(0.5, 0.1, "aliased", antialiased=False, alpha=0.5, color="r")
    ax.text(0.9, 0.5, "up", rotation=90, style="italic", family="monospace")


@kind()
def mathtext(figure):
    ax = bare(figure, xlabel=r"$\sqrt{x}$")
    ax.text(0.1, 0.5, r"$\frac{\alpha}{\beta^2} \int_0^1 \hat{x}$", rotation=20, size=12)


@kind()
def usetex(figure):
    figure.text(0.1, 0.5, r"$x^2$ in \TeX", usetex=True)


@kind()
def images(figure):
    methods = ["none", "nearest", "antialiased", "bilinear", "bicubic", "hanning", "lanczos", "spline16"]
    for i, method in enumerate(methods):
        ax = figure.add_axes((i % 4 / 4, i // 4 / 2, 0.24, 0.45))
        ax.axis("off")
        ax.imshow(Z, interpolation=method)


@kind()
def images_with_alpha(figure):
    ax = bare(figure)
    ax.imshow(Z, alpha=0.5, extent=(0, 2, 0, 2))
    ax.imshow(Z, alpha=np.abs(Z) / np.abs(Z).max(), cmap="gray", extent=(1, 3, 1, 3))
    ax.imshow(np.dstack([Z, Z, Z, Z]) % 1, extent=(0, 3, 2, 3), transform=Affine2D().rotate_deg(5) + ax.transData)
    ax.set(xlim=(0, 3), ylim=(0, 3))


@kind(**{"image.composite_image": True})
def composite_images(figure):
    figure.suppressComposite = False
    figure.figimage(np.abs(Z), 5, 5)
    figure.figimage(np.dstack([Z, Z, Z]) % 1, 30, 20, alpha=0.5)
    ax = bare(figure)
    ax.imshow(Z)
    ax.imshow(-Z, alpha=0.3)


@kind()
def images_not_uniform(figure):
    ax = bare(figure, xlim=(0, 6), ylim=(0, 3))
    image = NonUniformImage(ax, interpolation="bilinear", extent=(0, 6, 0, 3))
    image.set_data(X[:14] ** 2, X[:12], Z)
    ax.add_image(image)
    ax.pcolorfast(X[:15] ** 2, X[:13], Z, alpha=0.6)


@kind()
def mesh(figure):
    bare(figure).pcolormesh(Z, cmap="plasma")


@kind()
def mesh_gouraud(figure):
    bare(figure).pcolormesh(Z, shading="gouraud")


@kind()
def mesh_with_edges(figure):
    bare(figure).pcolormesh(Z, edgecolors="k", linewidth=0.3, antialiased=True, alpha=0.8)


@kind()
def triangles(figure):
    x, y = np.meshgrid(X[:6], X[:5])
    ax = bare(figure)
    ax.tripcolor(x.ravel(), y.ravel(), (x * y).ravel(), shading="gouraud")
    ax.triplot(x.ravel(), y.ravel(), lw=0.5)


@kind()
def contours(figure):
    ax = bare(figure)
    filled = ax.contourf(Z, 5, hatches=["", "/"])
    ax.clabel(ax.contour(Z, 5, colors="k"), fontsize=5)
    figure.colorbar(filled)


@kind()
def vectors(figure):
    ax = bare(figure)
    x, y = np.meshgrid(range(5), range(4))
    ax.quiver(x, y, np.cos(x), np.sin(y), x, scale=20)
    ax.barbs(x, y + 4, x * 10, y * 20, length=4)


@kind()
def streams(figure):
    x, y = np.meshgrid(X[:10], X[:10])
    bare(figure).streamplot(x, y, np.cos(y), np.sin(x), density=0.3, linewidth=0.7)


@kind()
def polar(figure):
    ax = figure.add_subplot(projection="polar")
    ax.plot(X, X)
    ax.fill(X, Y + 2, alpha=0.3)
    ax.pcolormesh(X[:15], X[:13], Z, alpha=0.4)


@kind()
def logarithmic(figure):
    ax = figure.add_subplot()
    ax.loglog(X + 0.01, np.exp(X), "o-")
    ax.grid(which="both", alpha=0.3)


@kind()
def three_dimensions(figure):
    x, y = np.meshgrid(X[:14], X[:12])
    ax = figure.add_subplot(projection="3d")
    ax.plot_surface(x, y, Z, cmap="viridis")
    ax.scatter(X, X, Y, c=Y)
    ax.plot_wireframe(x, y, Z + 1, rstride=4, cstride=4)


@kind()
def subfigures(figure):
    left, right = figure.subfigures(1, 2)
    left.set_facecolor("0.8")
    bare(left).plot(X, Y)
    bare(right).plot(X, -Y)
    right.suptitle("right")


@kind()
def insets(figure):
    ax = bare(figure)
    ax.plot(X, Y)
    inset = ax.inset_axes((0.5, 0.5, 0.4, 0.4), xlim=(1, 2), ylim=(0.5, 1), xticks=[], yticks=[])
    inset.plot(X, Y)
    ax.indicate_inset_zoom(inset)


@kind()
def twins(figure):
    ax = figure.add_subplot()
    ax.plot(X, Y)
    ax.twinx().plot(X, X**2, "r")
    ax.set_zorder(3)


@kind()
def tables(figure):
    bare(figure).table(
        [["1", "2"], ["3", "4"]], loc="center", colLabels=["a", "b"], cellColours=[["w", "r"], ["g", "b"]]
    )


@kind()
def constrained(figure):
    figure.set_layout_engine("constrained")
    ax = figure.add_subplot()
    figure.colorbar(ax.imshow(Z), label="label")


@kind()
def tight(figure):
    figure.set_layout_engine("tight")
    a, b = figure.subplots(1, 2)
    a.set_ylabel("label")
    b.plot(X, Y)


@kind()
def rasterized(figure):
    ax = bare(figure)
    ax.plot(X, Y, rasterized=True)
    ax.set_rasterization_zorder(0)
    ax.plot(X, -Y, zorder=-1)


def _blurred(image, dpi):
    padded = np.pad(image, ((3, 3), (3, 3), (0, 0)))
    return (padded + np.roll(padded, 3, 0) + np.roll(padded, 3, 1)) / 3, -3, -3


@kind()
def agg_filters(figure):
    ax = bare(figure)
    ax.plot(X, Y, agg_filter=_blurred, lw=3)
    ax.text(2, 0, "text", agg_filter=_blurred, size=15, rasterized=True)
    ax.plot(X, -Y)


@kind(savefig={"transparent": True})
def transparent(figure):
    bare(figure).plot(X, Y)


@kind(savefig={"facecolor": (0.3, 0.5, 0.2, 0.5), "edgecolor": "r"})
def other_face(figure):
    figure.set_linewidth(5)
    bare(figure).plot(X, Y)


@kind(**{"savefig.facecolor": "0.5", "figure.facecolor": "y"})
def face_of_settings(figure):
    bare(figure, facecolor="none").plot(X, Y)


@kind()
def equal_aspect(figure):
    ax = figure.add_subplot(aspect="equal", adjustable="datalim")
    ax.add_patch(FancyBboxPatch((0, 0), 2, 1, "round,pad=0.2"))
    ax.plot(X, Y)


@kind()
def offset_boxes(figure):
    ax = bare(figure)
    ax.add_artist(
        AnnotationBbox(OffsetImage(np.abs(Z), zoom=1.7), (0.3, 0.3), (0.7, 0.7), arrowprops={"arrowstyle": "->"})
    )


@kind(**{"agg.path.chunksize": 150})
def long_line(figure):
    bare(figure).plot(np.linspace(0, 1, 1000), np.random.default_rng(2).random(1000), lw=0.3)


@kind(**{"path.simplify_threshold": 1.0})
def simplified(figure):
    bare(figure).plot(np.linspace(0, 1, 500), np.random.default_rng(3).random(500).cumsum(), lw=0.5)


@kind(**{"path.simplify": False})
def not_simplified(figure):
    simplified(figure)


@kind()
def snapping(figure):
    ax = bare(figure)
    for i, snap in enumerate((None, True, False)):
        ax.plot([0.1, 0.1 + i, 1.3], [i, i, i + 0.4], snap=snap, lw=1)
        ax.add_patch(Rectangle((i + 0.111, 0.3), 0.33, 0.77, snap=snap, fc="none", ec="k"))


@kind(**{"path.snap": False})
def never_snapping(figure):
    snapping(figure)


@kind()
def aliased(figure):
    ax = bare(figure)
    ax.plot(X, Y, aa=False, lw=2.3)
    ax.add_patch(Circle((3, 0), 0.5, aa=False))
    ax.add_collection(LineCollection([[(0, 0), (6, 1)], [(0, 1), (6, 0)]], antialiaseds=[True, False]))


@kind()
def no_width(figure):
    ax = bare(figure)
    ax.plot(X, Y, lw=0)
    ax.add_patch(Circle((3, 0), 0.5, lw=0))
    ax.plot(X, -Y, "o", mew=0)


@kind()
def not_a_number(figure):
    ax = bare(figure)
    y = Y.copy()
    y[5:8] = np.nan
    y[20] = np.inf
    ax.plot(X, y, "o-")
    ax.scatter(X, y - 1, c=y)
    ax.plot(X, np.ma.masked_greater(Y, 0.5) + 1)


@kind()
def huge(figure):
    ax = bare(figure, xlim=(0, 1), ylim=(0, 1))
    ax.plot([-1e9, 0.5, 1e12], [0.1, 0.5, 1e9])
    ax.fill([-1e6, 1e6, 1e6], [0, 0, 1e6], alpha=0.2)


@kind()
def many_paths(figure):
    ax = bare(figure)
    curves = [Path([(i, 0), (i + 1, 1), (i, 2), (i, 0)], [1, 3, 3, 79]) for i in range(5)]
    paths = matplotlib.collections.PathCollection([*curves, Path([(0, 0), (5, 2)])], fc="y", ec=["r", "b"], lw=[1, 2])
    ax.add_collection(paths)
    ax.add_collection(EllipseCollection(X[:5], X[:5] / 2, X[:5], units="x", offsets=[(i, 1) for i in range(5)],
                                        offset_transform=ax.transData, fc="none", ec="g"))  # fmt: skip
    ax.set(xlim=(0, 6), ylim=(0, 2))


@kind()
def pie(figure):
    bare(figure).pie([1, 2, 3], labels=list("abc"), explode=[0, 0.1, 0], shadow=True, hatch=["/", "o", ""])


@kind()
def boxes(figure):
    a, b = figure.subplots(1, 2)
    a.boxplot([Y, Y + 1], notch=True)
    b.violinplot([Y, Y + 1])


@kind()
def spans(figure):
    ax = figure.add_subplot()
    ax.axhspan(0.2, 0.4, color="r", alpha=0.2)
    ax.axline((0, 0), slope=1)
    ax.step(X / 6, Y)
    ax.eventplot([0.1, 0.5, 0.7])
    ax.set_xlabel("label")


@kind(**{"text.antialiased": False, "lines.antialiased": False, "patch.antialiased": False})
def all_aliased(figure):
    texts(figure)
