"""Parity with R surveillance (detection) and PyPI scoringrules (scores), on their own data and on drawn cases.

Usage: parity.py SHINAYAKA SCORES OUT.md
SHINAYAKA is the binary; SCORES is the engine's example `scores` (reads cases, prints scores). Needs Rscript with
surveillance, and a Python with scoringrules; bench/forecast/run installs both.
"""
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import scoringrules

HERE = Path(__file__).parent


def detection(shinayaka):
    """Greatest relative difference, values compared and disagreements about presence, by method."""
    text = subprocess.run(["Rscript", HERE / "parity.R"], check=True, capture_output=True, text=True).stdout
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "series.csv"
        for line in text.splitlines():
            case = json.loads(line)
            path.write_text("".join(f"{week * 604800},{count}\n" for week, count in enumerate(case["counts"])))
            method = "ears" if case["method"] in ("C1", "C2", "C3") else case["method"]
            command = [shinayaka, "forecast", "detect", path, "--statistics", "--method", method]
            for key, value in case["settings"].items():
                command += [f"--{key}", str(value)]
            out = subprocess.run(command, check=False, capture_output=True, text=True)
            if out.returncode not in (0, 1):
                raise SystemExit(f"{case['name']} {method}: {out.stderr}")
            ours = next(one for one in json.loads(out.stdout) if one["method"] == case["method"])
            kinds = [kind for kind in ("values", "upper") if case[kind] and any(v is not None for v in case[kind])]
            entry = found.setdefault(case["method"], [0.0, 0, 0, set()])
            entry[3].add(case["name"])
            for kind in kinds:
                for theirs, our in zip(case[kind], ours.get(kind, [])):
                    if theirs is None or our is None:
                        entry[2] += (theirs is None) != (our is None)
                        continue
                    entry[0] = max(entry[0], abs(our - theirs) / max(1.0, abs(theirs)))
                    entry[1] += 1
    return found


def scores(program):
    """Greatest absolute difference of each score over drawn cases."""
    draw = random.Random(20261122)
    cases, theirs = [], []
    for _ in range(400):
        y = float(draw.randrange(0, 60))
        mean, size = 10 ** draw.uniform(-1, 2), 10 ** draw.uniform(-0.7, 2)
        cases.append(["crps_negative_binomial", y, mean, size])
        theirs.append(scoringrules.crps_negbinom(y, size, mu=mean))
        cases.append(["log_negative_binomial", y, mean, size])
        theirs.append(scoringrules.logs_negbinom(y, size, mu=mean))
        cases.append(["crps_poisson", y, mean])
        theirs.append(scoringrules.crps_poisson(y, mean))
        x, middle, spread = draw.gauss(0, 5), draw.gauss(0, 5), 10 ** draw.uniform(-1, 1)
        cases.append(["crps_normal", x, middle, spread])
        theirs.append(scoringrules.crps_normal(x, middle, spread))
        cases.append(["log_normal", x, middle, spread])
        theirs.append(scoringrules.logs_normal(x, middle, spread))
        sample = [round(draw.gauss(0, 4), 3) for _ in range(draw.randrange(2, 60))]
        cases.append(["crps_sample", x, *sample])
        theirs.append(scoringrules.crps_ensemble(x, numpy.array(sample), estimator="nrg"))
        levels = sorted({round(draw.uniform(0.01, 0.99), 3) for _ in range(9)})
        quantiles = sorted(draw.gauss(0, 4) for _ in levels)
        cases.append(["crps_quantile", x, *quantiles, *levels])
        theirs.append(scoringrules.crps_quantile(x, numpy.array(quantiles), numpy.array(levels)))
        p, came = draw.random(), draw.randrange(2)
        cases.append(["brier", float(came), p])
        theirs.append(scoringrules.brier_score(came, p))
    text = "\n".join(" ".join(str(part) for part in case) for case in cases)
    ours = subprocess.run([program], input=text, check=True, capture_output=True, text=True).stdout.split()
    worst = {}
    for case, our, their in zip(cases, ours, theirs, strict=True):
        worst[case[0]] = max(worst.get(case[0], 0.0), abs(float(our) - float(their)))
    return worst


def main():
    shinayaka, program, out = sys.argv[1:4]
    lines = ["| scores | greatest difference from scoringrules |", "| --- | --- |"]
    worst = scores(program)
    lines += [f"| {name} | {value:.1e} |" for name, value in worst.items()]
    lines += ["", "| detection | series | values | greatest relative difference from surveillance | only one has a value |", "| --- | --- | --- | --- | --- |"]
    found = detection(shinayaka)
    lines += [f"| {name} | {len(e[3])} | {e[1]} | {e[0]:.1e} | {e[2]} |" for name, e in found.items()]
    text = "\n".join(lines) + "\n"
    print(text)
    Path(out).write_text("# Parity of scores and detection\n\n" + text)
    bad = [name for name, value in worst.items() if value > 1e-9]
    bad += [name for name, entry in found.items() if entry[0] > 1e-6 or entry[2] or not entry[1]]
    if bad:
        raise SystemExit(f"not equal: {', '.join(bad)}")


main()
