"""RT-qPCR studies: reference genes, relative quantities, tests."""
