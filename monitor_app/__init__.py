"""Chairside: the station on the nurse's desk. Not a certified medical device."""

__version__ = "0.1.0"
