"""Running networks: devices, and prediction batch by batch."""
