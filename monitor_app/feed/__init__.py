"""The one local, authenticated connection between the engine and whoever shows what it knows."""
