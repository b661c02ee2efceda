"""Values by content: one digest for equal values, in whatever process."""
