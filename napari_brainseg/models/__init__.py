"""What can be run: architectures, model cards, bundles on disk, and the catalog that finds them."""
