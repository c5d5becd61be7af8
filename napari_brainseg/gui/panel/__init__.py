"""The dock widget: choose, segment, save."""
