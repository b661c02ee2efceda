"""What people see of a build: lines, sheets of frames, and the words for both."""
