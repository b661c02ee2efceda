"""The front: starts the scene process, hears it, and shows what it hears.

Never runs user code, and imports neither numpy nor matplotlib.
"""
