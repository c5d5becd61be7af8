"""The section *Measure* of the panel."""
