"""Everything that a user sees of a build: status lines, the screen of a watch, and contact sheets."""
