"""What is seen in napari: docks, layers, menus. Only here are Qt, magicgui and napari imported."""
