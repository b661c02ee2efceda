"""The loop of ``iparsave watch``: wait for an edit, build, and report the result.

This package never runs user code, and imports neither numpy nor matplotlib.
"""
