"""matplotlib's `Animation` and its writers: every name of theirs that is used, private ones included."""
