"""The scene: the user's script, its animations, and how their frames are stepped."""
