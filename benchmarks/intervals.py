"""How often a 95 % interval of few patients' mean Dice holds the true mean, by the way it is made.

    python benchmarks/intervals.py [--samples 600]

Dice as in the LGG tables: most near 0.9, one in ten a failure; one in four; none. Beside the
coverage stands the mean width. The last two are those that are used: ``confidence_interval`` for
what has no bounds, ``share_interval`` for means of Dice
(:mod:`brainseg_train.evaluate.statistics`).
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm, t

from brainseg_train.evaluate.statistics import share_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNTS = (5, 8, 12, 16, 22)
RESAMPLES = 2000
WAYS = ("percentile", "BCa", "Student", "bootstrap-t", "Student, logit", "BCa, widened", "share")


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=600)
    samples = parser.parse_args().samples
    print(f"| Dice | patients | {' | '.join(WAYS)} |\n|---|---|{'---|' * len(WAYS)}")
    for failures, name in ((0.1, "one in ten fails"), (0.25, "one in four"), (0.0, "none fails")):
        truth = draw(np.random.default_rng(1), 1_000_000, failures).mean()
        for count in COUNTS:
            random = np.random.default_rng(count)
            held, widths = np.zeros(len(WAYS)), np.zeros(len(WAYS))
            for _ in range(samples):
                found = np.array(intervals(draw(random, count, failures), random))
                held += (found[:, 0] <= truth) & (truth <= found[:, 1])
                widths += found[:, 1] - found[:, 0]
            cells = (
                f"{each:.3f} ({width:.2f})"
                for each, width in zip(held / samples, widths / samples, strict=True)
            )
            print(f"| {name} | {count} | {' | '.join(cells)} |", flush=True)


def draw(random: np.random.Generator, count: int, failures: float) -> NDArray[np.float64]:
    """Draw Dice of patients."""
    good, bad = random.beta(9, 1.4, count), random.beta(1, 2.5, count)
    return np.where(random.random(count) < failures, bad, good)


def intervals(
    values: NDArray[np.float64], random: np.random.Generator
) -> list[tuple[float, float]]:
    """Make the interval of a mean in each way."""
    count, mean = len(values), values.mean()
    resamples = values[random.integers(0, count, (RESAMPLES, count))]
    drawn = resamples.mean(axis=1)
    quantile = t.ppf(0.975, count - 1)
    beyond = np.sqrt(count / (count - 1)) * quantile
    error = values.std(ddof=1) / np.sqrt(count)
    logit, spread = np.log(mean / (1 - mean)), quantile * error / (mean * (1 - mean))
    share = share_interval(values.tolist(), list(map(str, range(count))))
    assert share is not None
    return [
        quantiles(drawn, np.array([-1.96, 1.96])),
        quantiles(drawn, corrected(values, drawn, 1.96)),
        (mean - quantile * error, mean + quantile * error),
        studentized(values, resamples),
        (1 / (1 + np.exp(spread - logit)), 1 / (1 + np.exp(-spread - logit))),
        quantiles(drawn, corrected(values, drawn, beyond)),
        share,
    ]


def studentized(values: NDArray[np.float64], resamples: NDArray[np.float64]) -> tuple[float, float]:
    """Make the bootstrap-t interval, within 0 and 1."""
    root, mean = np.sqrt(len(values)), values.mean()
    errors = resamples.std(axis=1, ddof=1) / root
    apart = (resamples.mean(axis=1) - mean)[errors > 0] / errors[errors > 0]
    high, low = np.quantile(apart, (0.975, 0.025)) * values.std(ddof=1) / root
    return max(0.0, mean - high), min(1.0, mean - low)


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
