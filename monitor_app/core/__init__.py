"""The nouns and laws of the infusion room. Pure values: no clock, no port, no thread, no screen, no file."""
