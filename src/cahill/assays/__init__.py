"""Bench assays: ALT activity, Western blot, qPCR and ChIP, from an instrument's file to an answer."""
