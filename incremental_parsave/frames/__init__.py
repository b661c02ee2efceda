"""The loop of ``Animation.save``, run with our own writer, and the drivers that decide what each frame does."""
