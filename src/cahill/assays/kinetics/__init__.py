"""Km, Vmax, mechanism and inhibitors from rates."""
