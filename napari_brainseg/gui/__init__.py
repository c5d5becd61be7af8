"""What is seen in napari: reader, writer, sample and the dock widget. Only here is Qt imported."""
