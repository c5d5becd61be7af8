"""DICOM: series, Enhanced multi-frame files, SEG and RTSTRUCT."""
