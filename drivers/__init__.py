"""What a bedside device can say, and how it says it: bytes in, facts out. No station, no screen, no clock."""
