"""What goes on while the plugin runs: runs, the working mask, its edits and its threshold."""
