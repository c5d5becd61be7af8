"""The dock widget of the work list."""
