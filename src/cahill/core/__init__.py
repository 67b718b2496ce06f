"""The nouns: quantities, evidence, parameters, networks, trajectories."""
