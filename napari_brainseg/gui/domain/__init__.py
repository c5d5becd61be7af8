"""What is known of images and masks, and what follows from it: no Qt, no napari."""
