"""The messages that the processes of a build exchange."""
