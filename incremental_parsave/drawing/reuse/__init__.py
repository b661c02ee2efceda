"""What of a frame need not be drawn again, and how that is known."""
