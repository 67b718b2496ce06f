"""Coefficients of ARK4(3)6L[2]SA-ESDIRK, for linear systems whose matrix changes with time.

A diagonally implicit method solves its stages one after the other, each with the matrix of its own
time, so nothing has to be iterated. This one has order 4 with an embedded method of order 3, a
first stage that is explicit, five implicit ones with the same diagonal, stage order 2; it is
L-stable and ends on its last stage (C. A. Kennedy & M. H. Carpenter, Appl. Numer. Math. 44, 139
(2003), appendix C).
"""

import numpy as np

DIAGONAL = 0.25
"""The diagonal of the Butcher matrix, but for the explicit first stage."""

BUTCHER = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [1 / 4, 1 / 4, 0, 0, 0, 0],
        [8611 / 62500, -1743 / 31250, 1 / 4, 0, 0, 0],
        [5012029 / 34652500, -654441 / 2922500, 174375 / 388108, 1 / 4, 0, 0],
        [
            15267082809 / 155376265600,
            -71443401 / 120774400,
            730878875 / 902184768,
            2285395 / 8070912,
            1 / 4,
            0,
        ],
        [82889 / 524892, 0, 15625 / 83664, 69875 / 102672, -2260 / 8211, 1 / 4],
    ]
)
"""The Butcher matrix, shape (6, 6); its last row are the weights."""

EMBEDDED = np.array(
    [
        4586570599 / 29645900160,
        0,
        178811875 / 945068544,
        814220225 / 1159782912,
        -3700637 / 11593932,
        61727 / 225920,
    ]
)
"""Weights of the embedded method, shape (6,)."""

NODES = np.array([0, 1 / 2, 83 / 250, 31 / 50, 17 / 20, 1])
"""Stage times as fractions of the step, shape (6,)."""
