"""Record what a scene process reads and changes, from its first moment on.

This package imports neither numpy nor matplotlib: what they read during their
own import (matplotlibrc, style files, environment variables) is recorded too.
"""
