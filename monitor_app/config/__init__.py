"""Typed settings: the room, the profiles. Every error is one sentence with file, place, value and what is allowed."""
