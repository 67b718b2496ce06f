"""Amplification and melt curves: baseline, Cq, efficiency."""
