"""The side of the command: starts scene processes, keeps them asleep, and hears them."""
