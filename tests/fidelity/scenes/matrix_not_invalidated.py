"""Parts of transforms are changed in place: the transforms use their caches until they are invalidated.

`Animation.save` itself invalidates those that depend on the figure's size, before each frame.
"""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation
from matplotlib.patches import Rectangle
from matplotlib.transforms import Affine2D, Bbox, BboxTransformTo, TransformedBbox, blended_transform_factory

fig, ax = plt.subplots(figsize=(2.4, 1.8), dpi=50)
pixels = Affine2D().scale(30).translate(20, 20)
data, alone, later, mixed = (Affine2D() for _ in range(4))
ax.plot([0, 1, 2], [0, 1, 0], transform=data + ax.transData)
ax.plot([0, 1, 2], [0, 1, 0], transform=alone + pixels)
ax.plot([0, 1, 2], [1, 0, 1], transform=later + pixels)
ax.plot([0, 40, 80], [0.2, 0.8, 0.3], transform=blended_transform_factory(mixed, ax.transAxes))
box = Bbox([[0.1, 0.1], [0.3, 0.3]])
ax.add_patch(Rectangle((0, 0), 1, 1, transform=BboxTransformTo(TransformedBbox(box, ax.transAxes))))
counter = ax.set_title("")


def animate(i):
    counter.set_text(str(i % 2))
    if i % 7 == 2:
        data.get_matrix()[0, 2] += 0.2
    elif i % 7 == 4:
        data.invalidate()
    # Invalidated long after the change, and changed back before the block ends.
    if i == 2:
        alone.get_matrix()[0, 2] += 0.4
    elif i == 8:
        alone.invalidate()
    elif i == 10:
        alone.get_matrix()[0, 2] -= 0.4
        alone.invalidate()
    # Invalidated without a change, and then changed without invalidation.
    if i == 17:
        later.invalidate()
    elif i == 20:
        later.get_matrix()[0, 2] += 0.4
    elif i == 23:
        later.get_matrix()[0, 2] -= 0.4
    # Setting the figure's size invalidates these.
    if i == 15:
        mixed.get_matrix()[0, 2] += 9
    elif i == 25:
        box.get_points()[1] += 0.2


FuncAnimation(fig, animate, frames=28).save("out.mkv", codec="ffv1")
