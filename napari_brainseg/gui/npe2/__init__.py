"""What the plugin's manifest names: readers, writers, samples, commands."""
