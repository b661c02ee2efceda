"""Encode, decode and join segments, by running ffmpeg and mencoder as processes."""
