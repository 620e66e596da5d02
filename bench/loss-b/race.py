"""Reference job B: 1,000 risks x 100,000 years with 5 shared providers (about 7 million events), against numpy.

Usage: python race.py PATH_OF_THE_EXAMPLE RESULT.md   (the example as for job A; needs numpy)
Processor seconds of one thread, best of several. The numpy peer draws the same model with portfolio values of its own.
"""
import json
import os
import subprocess
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np

YEARS, RISKS, SHOCKS = 100_000, 1000, 5


def portfolio():
    random = np.random.default_rng(20031010)
    return {
        "rate": 0.01 + 0.1 * random.random(RISKS),
        "mu": 9 + 3 * random.random(RISKS),
        "sigma": 1.2 + random.random(RISKS),
        "deductible": random.choice([0.0, 1e4, 5e4, 1e5], RISKS),
        "limit": random.choice([1e6, 5e6, 1e7, 5e7], RISKS),
        "shock": np.arange(RISKS) % SHOCKS,
    }


def with_numpy(book):
    """An event list: superposed own events and, for each provider, hits of its occurrences."""
    random = np.random.default_rng(1)
    total = book["rate"].sum()
    count = random.poisson(total * YEARS)
    year = random.integers(0, YEARS, count)
    risk = random.choice(RISKS, count, p=book["rate"] / total)
    years, risks = [year], [risk]
    for shock in range(SHOCKS):
        linked = np.flatnonzero(book["shock"] == shock)
        when = random.integers(0, YEARS, random.poisson(0.05 * YEARS))
        hits = random.random((len(when), len(linked))) < 0.1 + 0.05 * shock
        event, which = np.nonzero(hits)
        years.append(when[event])
        risks.append(linked[which])
    year, risk = np.concatenate(years), np.concatenate(risks)
    loss = np.exp(book["mu"][risk] + book["sigma"][risk] * random.standard_normal(len(risk)))
    paid = np.minimum(np.maximum(loss - book["deductible"][risk], 0), book["limit"][risk])
    sums = np.bincount(year, weights=paid, minlength=YEARS)
    part = np.partition(sums, [99_000, 99_500, 99_900])
    return len(risk), sums.mean(), part[99_000], part[99_000:].mean()


def main():
    example, result = sys.argv[1], sys.argv[2]
    ours = [json.loads(subprocess.check_output([example, "b", "7", simd])) for simd in ("avx512", "avx2", "baseline")]
    book = portfolio()
    times = []
    for _ in range(3):
        start = time.process_time()
        events = with_numpy(book)[0]
        times.append(time.process_time() - start)
    peer = min(times)
    first = ours[0]
    lines = [
        f"# Reference job B, {time.strftime('%Y-%m-%d')}",
        "",
        f"Machine class: {os.cpu_count()} cores x86_64, {first['simd']}, load {os.getloadavg()[0]:.1f}. Best of several;",
        "processor time on one thread, wall clock on two. Both engines include all figures.",
        "",
        "| ours | simulate, 1 thread | simulate, 2 threads | exact, 1 thread |",
        "| --- | --- | --- | --- |",
    ]
    for row in ours:
        values = [row[key] for key in ("simulate_1_thread", "simulate_2_threads", "exact")]
        lines.append(f"| {row['simd']} | " + " | ".join(f"{1000 * value:.0f} ms" for value in values) + " |")
    lines += ["", f"numpy event list ({events:,} events): {peer:.3f} CPU seconds on one thread, "
              f"{peer / first['simulate_1_thread']:.1f} x our simulation, {peer / first['exact']:.1f} x our exact engine.",
              "", f"Agreement: mean {first['mean']:,.0f} simulated, {first['exact_mean']:,.0f} exact; TVaR 99 % "
              f"{first['tvar_99']:,.0f} simulated, {first['exact_tvar_99'][0]:,.0f} to {first['exact_tvar_99'][1]:,.0f} exact."]
    text = "\n".join(lines) + "\n"
    print(text)
    with open(result, "w", encoding="utf-8") as out:
        out.write(text)


main()
