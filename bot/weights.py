"""Shipped weights of `match.FEATURES` and the intercept: fitted once over many knowledge bases, see `README.md`."""

WEIGHTS: tuple[float, ...] = (
    1.049, -0.039, 2.094, -0.580, 2.145, 0.364, 4.887, 0.050, 0.888, 0.803, 1.110, 0.066, -0.501, 0.419, -2.882,
)  # fmt: skip
