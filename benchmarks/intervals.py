"""How often a 95 % interval of few patients' mean Dice holds the true mean, by the way it is made.

    python benchmarks/intervals.py [--samples 600]

Dice as in the LGG tables: most near 0.9, one in ten a failure; and without failures. The way that
is used, :func:`~brainseg_train.evaluate.statistics.confidence_interval`, is the fourth.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm, t

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNTS = (5, 8, 12, 16, 22)
RESAMPLES = 2000
WAYS = ("percentile", "BCa", "percentile, widened", "BCa, widened", "Student")


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=600)
    samples = parser.parse_args().samples
    print(f"| Dice | patients | {' | '.join(WAYS)} |\n|---|---|{'---|' * len(WAYS)}")
    for failures, name in ((0.1, "one in ten fails"), (0.0, "none fails")):
        truth = draw(np.random.default_rng(1), 1_000_000, failures).mean()
        for count in COUNTS:
            random = np.random.default_rng(count)
            held = np.zeros(len(WAYS))
            for _ in range(samples):
                values = draw(random, count, failures)
                held += [low <= truth <= high for low, high in intervals(values, random)]
            print(f"| {name} | {count} | {' | '.join(f'{h / samples:.2f}' for h in held)} |")


def draw(random: np.random.Generator, count: int, failures: float) -> NDArray[np.float64]:
    """Draw Dice of patients."""
    good, bad = random.beta(9, 1.4, count), random.beta(1, 2.5, count)
    return np.where(random.random(count) < failures, bad, good)


def intervals(
    values: NDArray[np.float64], random: np.random.Generator
) -> list[tuple[float, float]]:
    """Make the interval of a mean in each way."""
    count, mean = len(values), values.mean()
    drawn = values[random.integers(0, count, (RESAMPLES, count))].mean(axis=1)
    beyond = np.sqrt(count / (count - 1)) * t.ppf(0.975, count - 1)
    error = t.ppf(0.975, count - 1) * values.std(ddof=1) / np.sqrt(count)
    return [
        quantiles(drawn, np.array([-1.96, 1.96])),
        quantiles(drawn, corrected(values, drawn, 1.96)),
        quantiles(drawn, np.array([-beyond, beyond])),
        quantiles(drawn, corrected(values, drawn, beyond)),
        (mean - error, mean + error),
    ]


def quantiles(drawn: NDArray[np.float64], z: NDArray[np.float64]) -> tuple[float, float]:
    """Take two quantiles, given as of a normal distribution."""
    low, high = np.quantile(drawn, norm.cdf(z))
    return float(low), float(high)


def corrected(
    values: NDArray[np.float64], drawn: NDArray[np.float64], z: float
) -> NDArray[np.float64]:
    """Correct quantiles for bias and acceleration (Efron 1987)."""
    mean = values.mean()
    below = ((drawn < mean).mean() + (drawn <= mean).mean()) / 2
    bias = norm.ppf(np.clip(below, 1e-6, 1 - 1e-6))
    apart = (values - mean) / (len(values) - 1)
    acceleration = (apart**3).sum() / (6 * (apart**2).sum() ** 1.5)
    sides = bias + np.array([-z, z])
    return np.asarray(bias + sides / (1 - acceleration * sides))


if __name__ == "__main__":
    main()
