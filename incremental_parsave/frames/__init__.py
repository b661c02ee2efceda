"""`Animation.save`'s loop, driven to our ends, and what may drive it."""
