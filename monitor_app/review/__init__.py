"""Afterwards: the clinician reads a recorded session. A process of its own that reads the record and writes nothing."""
