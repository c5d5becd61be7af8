"""Several architectures compared on the same patients."""
