"""Measuring a network on whole patients."""
