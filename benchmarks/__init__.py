"""Measurements: against others (`compare`), of classifier designs (`classifiers`), of a running Hipline (`latency`)."""
