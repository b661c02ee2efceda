"""Encoders, decoders, and what joins segments: ffmpeg and mencoder, as processes."""
