"""What is known while the plugin runs: masks, runs, edits."""
