"""The double pendulum: 40 s of motion at 0.05 s a frame, 800 frames.

The physics is that of matplotlib's gallery example, integrated by the same
explicit Euler steps; nothing here knows of any build tool.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

G = 9.8  # acceleration due to gravity, m/s^2
L1, L2 = 1.0, 1.0  # lengths of the two rods, m
M1, M2 = 1.0, 1.0  # masses of the two bobs, kg
DT = 0.05  # seconds a frame
T_STOP = 40.0  # seconds
SUBSTEPS = 10  # integration steps a frame


def derivatives(state):
    theta1, omega1, theta2, omega2 = state
    delta = theta2 - theta1
    den1 = (M1 + M2) * L1 - M2 * L1 * np.cos(delta) ** 2
    den2 = (L2 / L1) * den1
    return np.array(
        [
            omega1,
            (
                M2 * L1 * omega1**2 * np.sin(delta) * np.cos(delta)
                + M2 * G * np.sin(theta2) * np.cos(delta)
                + M2 * L2 * omega2**2 * np.sin(delta)
                - (M1 + M2) * G * np.sin(theta1)
            )
            / den1,
            omega2,
            (
                -M2 * L2 * omega2**2 * np.sin(delta) * np.cos(delta)
                + (M1 + M2) * G * np.sin(theta1) * np.cos(delta)
                - (M1 + M2) * L1 * omega1**2 * np.sin(delta)
                - (M1 + M2) * G * np.sin(theta2)
            )
            / den2,
        ]
    )


def simulate():
    """Return the angles and velocities at every frame, an array of shape (800, 4)."""
    steps = round(T_STOP / DT)
    y = np.empty((steps, 4))
    y[0] = np.radians([120.0, 0.0, -10.0, 0.0])
    h = DT / SUBSTEPS
    for i in range(1, steps):
        state = y[i - 1]
        for _ in range(SUBSTEPS):
            state = state + h * derivatives(state)
        y[i] = state
    return y


y = simulate()
x1, y1 = L1 * np.sin(y[:, 0]), -L1 * np.cos(y[:, 0])
x2, y2 = x1 + L2 * np.sin(y[:, 2]), y1 - L2 * np.cos(y[:, 2])

fig = plt.figure()
ax = fig.add_subplot(autoscale_on=False, xlim=(-2, 2), ylim=(-2, 2))
ax.set_aspect("equal")
ax.grid()
(line,) = ax.plot([], [], "o-", lw=2)
time_text = ax.text(0.05, 0.9, "", transform=ax.transAxes)


def init():
    line.set_data([], [])
    time_text.set_text("")
    return line, time_text


def animate(i):
    line.set_data([0, x1[i], x2[i]], [0, y1[i], y2[i]])
    time_text.set_text(f"time = {i * DT:.1f}s")
    return line, time_text


if __name__ == "__main__":
    anim = FuncAnimation(fig, animate, frames=len(y), init_func=init, interval=1000 * DT)
    anim.save("double_pendulum.mp4", fps=20, codec="libx264")
