"""Speed and CRPS of the engine and of statsforecast's AutoETS and AutoTheta in one run, on two cores.

Usage: race.py RACE DATA OUT.md    (RACE: the engine's example `race`, built with --release; DATA: ../shared/data or "-")
CRPS: the sum of the next 24 (drawn hourly series) or 7 (days of the real series) values, one origin a series.
"""
import csv
import json
import multiprocessing
import platform
import random
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy

warnings.filterwarnings("ignore")
LEVELS = (numpy.arange(99) + 0.5) / 99


def drawn(count, length):
    """Hourly counts with a day, drift of the level, over-dispersion."""
    draw = numpy.random.default_rng(20261122)
    rows = []
    for _ in range(count):
        level = numpy.cumsum(draw.normal(0, draw.uniform(0.005, 0.05), length))
        day = draw.uniform(0, 0.8) * numpy.sin(2 * numpy.pi * numpy.arange(length) / 24)
        mean = draw.uniform(5, 200) * numpy.exp(level + day)
        rows.append(draw.poisson(draw.gamma(8, mean / 8)).astype(float))
    return rows


def windows(data, ahead=7, known=90):
    """Windows of the CVE counts of 2026, one a day."""
    values = [float(row["cve_count"]) for row in csv.DictReader(open(data / "cve-counts-2026" / "daily.csv"))]
    return [numpy.array(values[: end + ahead]) for end in range(known, len(values) - ahead + 1, 2)]


def crps(quantiles, truth):
    difference = truth - quantiles
    return 2 * numpy.mean(difference * (LEVELS - (difference < 0)))


def peer(task):
    """CPU work of one peer on one series: (CRPS, 90 % interval holds) of the sum, normal about the summed means with the
    variance of the summed steps taken from simulated independence of the residuals."""
    from statsforecast.models import AutoETS, AutoTheta
    from scipy.stats import norm

    name, values, ahead, season = task
    model = (AutoETS if name == "AutoETS" else AutoTheta)(season_length=season)
    out = model.forecast(values[:-ahead], h=ahead, level=[90])
    mean = out["mean"].sum()
    deviations = (out["hi-90"] - out["mean"]) / norm.ppf(0.95)
    # Errors of the steps of a smoothing model move together: their sum is between sqrt(sum of squares) and the sum.
    spread = max(float(numpy.sqrt((deviations**2).sum() * numpy.sqrt(ahead))), 1e-9)
    truth = values[-ahead:].sum()
    quantiles = numpy.maximum(norm.ppf(LEVELS, mean, spread), 0)
    return crps(quantiles, truth), abs(truth - mean) <= norm.ppf(0.95) * spread


def race(program, name, rows, ahead, season):
    lines = []
    text = "\n".join(",".join(str(value) for value in row) for row in rows)
    begun = time.perf_counter()
    ours = json.loads(subprocess.run([program, "crps", str(ahead), str(season)], input=text, check=True, capture_output=True, text=True).stdout)
    spent = time.perf_counter() - begun
    lines.append(f"| {name} | pool | {ours['pool']:.2f} | {ours['coverage90']:.2f} | {len(rows) / spent:.0f} (every step learnt, one thread) |")
    lines.append(f"| {name} | discount filter alone | {ours['filter']:.2f} | | |")
    for other in ("AutoTheta", "AutoETS"):
        with multiprocessing.Pool(2) as pool:
            pool.map(peer, [(other, rows[0], ahead, season)] * 2)
            begun = time.perf_counter()
            found = pool.map(peer, [(other, row, ahead, season) for row in rows], chunksize=2)
            spent = time.perf_counter() - begun
        mean, inside = numpy.mean([one[0] for one in found]), numpy.mean([one[1] for one in found])
        lines.append(f"| {name} | statsforecast {other} | {mean:.2f} | {inside:.2f} | {len(rows) / spent:.1f} |")
    return lines


def speed(program, kind, count, length):
    best = max(
        (json.loads(subprocess.run([program, kind, str(count), str(length)], check=True, capture_output=True, text=True).stdout) for _ in range(3)),
        key=lambda found: found["per_second"],
    )
    return best["per_second"]


def main():
    program, data, out = sys.argv[1], sys.argv[2], sys.argv[3]
    lines = [f"Machine: {platform.processor() or platform.machine()}, two cores; Python {platform.python_version()}.", ""]
    lines += ["| speed | series a second |", "| --- | --- |"]
    lines.append(f"| negative-binomial forecasts, 3 horizons x 9 quantiles, filter over 28 values | {speed(program, 'filter', 200_000, 28):,.0f} |")
    lines.append(f"| the same, filter over 672 values | {speed(program, 'filter', 50_000, 672):,.0f} |")
    lines.append(f"| whole ensemble, 672 values, 3 horizons | {speed(program, 'ensemble', 200, 672):,.0f} |")
    lines += ["", "| series | model | CRPS | 90 % holds | series a second |", "| --- | --- | --- | --- | --- |"]
    lines += race(program, "drawn, hourly, sum of 24", drawn(24, 672), 24, 24)
    if data != "-":
        lines += race(program, "CVE records 2026, sum of 7 days", windows(Path(data)), 7, 7)
    text = "\n".join(lines) + "\n"
    print(text)
    Path(out).write_text("# Race of forecasts\n\n" + text)


main()
