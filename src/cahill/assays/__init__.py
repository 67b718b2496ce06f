"""Bench assays: ALT activity, kinetics, Western, qPCR and ChIP, from file to answer."""
