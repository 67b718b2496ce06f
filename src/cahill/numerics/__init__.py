"""Differential equations, steady states and control analysis, on floats only."""
