"""Which device is at which port, and which chair does it belong to? A window for the technician, before a run."""
