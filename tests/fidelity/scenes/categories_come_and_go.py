"""A line over categories; new ones appear in frames that are not seams."""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
(line,) = ax.plot(["a", "b"], [0, 0], "o")
ax.set(xlim=(-1, 5), ylim=(-1, 1))
AT = {2: "ac", 3: "ab", 5: "da", 6: "ab", 10: "be", 11: "ab", 13: "dc"}
later = [0.5, 0.5]


def animate(i):
    if i in AT:
        line.set_xdata(list(AT[i]))
    if i == 4:
        line.set_ydata(later)
    later[0] = i / 20  # a line that has been drawn does not use this


anim = FuncAnimation(fig, animate, frames=16)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
