"""Shipped weights of `match.FEATURES` and the intercept: fitted once over many knowledge bases, see `README.md`."""

WEIGHTS: tuple[float, ...] = (
    1.612,
    -0.339,
    2.688,
    0.584,
    2.650,
    -0.674,
    5.975,
    -0.962,
    -0.104,
    -0.359,
    1.207,
    0.329,
    -0.330,
    0.572,
    -2.410,
)
