"""From ECG samples to beats, heart rate, standstill and signal quality. Streaming, causal, and without a clock."""

from __future__ import annotations

from monitor_app.rhythm.analyzer import RhythmAnalyzer

__all__ = ["RhythmAnalyzer"]
