"""Find out, before and during stepping, whether forked processes can build a scene correctly."""
