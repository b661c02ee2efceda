"""A number for each object, as `id` returns one, but ten times as fast while an audit hook is installed.

Every call of `id` raises an audit event, and the scene process listens to audit events to learn what the scene
reads.  The barrier alone would call `id` at each assignment.
"""

from __future__ import annotations

identity = object.__hash__
"""Return a number that no other living object has, whether or not the object can be hashed."""
