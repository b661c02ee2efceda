"""What a scene process reads and changes, recorded from its first moment on.

Imports neither numpy nor matplotlib: what they read when they are imported
(matplotlibrc, style files, variables) is recorded too.
"""
