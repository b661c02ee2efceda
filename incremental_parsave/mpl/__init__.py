"""The interface to matplotlib's `Animation` and movie writers, including every private name that we use."""
