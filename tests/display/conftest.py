"""The desk fixture for every test of views."""

from __future__ import annotations

from tests.display.snapshots import desk

__all__ = ["desk"]
