"""What keeps building: waits for an edit, wakes the scene where it has changed, and shows what becomes of it.

Never runs user code, and imports neither numpy nor matplotlib.
"""
