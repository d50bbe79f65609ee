"""What people see and press, live: looks and asks, never decides. Everything shown comes from core/snapshot.py."""
