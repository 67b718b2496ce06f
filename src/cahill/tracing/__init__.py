"""Isotope tracing: labels simulated, corrected, and fluxes fitted to them."""
