"""ChIP-qPCR: percent input and fold over IgG."""
