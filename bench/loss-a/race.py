"""Reference job A against its peers in one run: 1,000,000 years of Poisson(3) x lognormal(10, 2) with a deductible of
50,000 and a per-event limit of 5,000,000; mean, sd, VaR and TVaR at three levels.

Usage: build the example first (cargo build --release -p shinayaka-loss --example race), then
       python race.py PATH_OF_THE_EXAMPLE RESULT.md
in an environment with numpy, scipy, pyfair, gemact and aggregate. Processor seconds of one thread, best of several.
"""
import json
import os
import subprocess
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import logging
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
import numpy as np

LEVELS = (0.99, 0.995, 0.999)
YEARS = 1_000_000


def best(work, repeats):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return min(times), result


def figures(total):
    size = len(total)
    part = np.partition(total, [int(size * level) for level in LEVELS])
    answer = [total.mean(), total.std()]
    for level in LEVELS:
        at = int(size * level)
        answer += [part[at], part[at:].mean()]
    return answer


def with_numpy():
    random = np.random.default_rng(1)
    counts = random.poisson(3.0, YEARS)
    loss = random.lognormal(10.0, 2.0, counts.sum())
    paid = np.minimum(np.maximum(loss - 50_000, 0), 5_000_000)
    ends = np.concatenate([[0], np.cumsum(paid)])
    place = np.concatenate([[0], np.cumsum(counts)])
    return figures(ends[place[1:]] - ends[place[:-1]])


# Two leaves, and the FAIR tree down to its lower leaves. Neither can compound events or apply terms.
FAIR_SHORT = {"Loss Event Frequency": (0, 3, 9), "Loss Magnitude": (0, 50_000, 5_000_000)}
FAIR_FULL = {
    "Contact Frequency": (0, 10, 30),
    "Probability of Action": (0.1, 0.5, 0.9),
    "Threat Capability": (0.2, 0.5, 0.9),
    "Control Strength": (0.2, 0.5, 0.9),
    "Primary Loss": (0, 50_000, 5_000_000),
    "Secondary Loss Event Frequency": (0, 0.3, 0.9),
    "Secondary Loss Event Magnitude": (0, 50_000, 5_000_000),
}


def with_pyfair(leaves):
    from pyfair import FairModel

    model = FairModel(name="a", n_simulations=YEARS)
    for leaf, (low, mode, high) in leaves.items():
        model.input_data(leaf, low=low, mode=mode, high=high)
    model.calculate_all()
    return [model.export_results()["Risk"].mean()]


def gemact_parts():
    from gemact.lossmodel import Frequency, Layer, LossModel, PolicyStructure, Severity

    return (
        Frequency(dist="poisson", par={"mu": 3}),
        Severity(dist="lognorm", par={"s": 2.0, "scale": float(np.exp(10.0))}),
        PolicyStructure(layers=Layer(cover=5_000_000, deductible=50_000)),
        LossModel,
    )


def with_gemact_simulation():
    frequency, severity, policy, model = gemact_parts()
    found = model(
        frequency=frequency, severity=severity, policystructure=policy,
        aggr_loss_dist_method="mc", n_sim=YEARS, random_state=1,
    )
    return [found.mean(use_dist=True)]


def with_gemact_transform():
    frequency, severity, policy, model = gemact_parts()
    found = model(
        frequency=frequency, severity=severity, policystructure=policy,
        aggr_loss_dist_method="fft", n_aggr_dist_nodes=2**16, sev_discr_method="massdispersal", n_sev_discr_nodes=2**12,
    )
    return [found.mean(use_dist=True)]


def with_aggregate():
    from aggregate import build

    found = build("agg A 3 claims 5000000 xs 50000 sev exp(10) * lognorm 2 ! poisson", update=False)
    found.update(log2=16, bs=1250)
    return [found.agg_m, found.q(0.99), found.tvar(0.99)]


def machine():
    """Cores, instruction set and memory of this machine, without its name."""
    flags = set()
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("flags"):
                flags.update(line.split())
    wide = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "SSE2"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores x86_64, {wide}, {memory:.0f} GiB, load {os.getloadavg()[0]:.1f} at the start"


def peer(name, work, repeats):
    try:
        seconds, answer = best(work, repeats)
        return name, seconds, f"mean {answer[0]:,.0f}"
    except Exception as error:  # a peer that cannot run is reported, not hidden
        return name, None, f"did not run: {type(error).__name__}: {str(error)[:90]}"


def main():
    example, result = sys.argv[1], sys.argv[2]
    about = machine()
    ours = [json.loads(subprocess.check_output([example, "a", "30", simd])) for simd in ("avx512", "avx2", "baseline")]
    peers = [
        peer("numpy, vectorised", with_numpy, 5),
        peer("pyfair, two leaves (another model)", lambda: with_pyfair(FAIR_SHORT), 3),
        peer("pyfair, seven leaves (another model)", lambda: with_pyfair(FAIR_FULL), 3),
        peer("GEMAct, Monte Carlo", with_gemact_simulation, 2),
        peer("GEMAct, FFT 2^16", with_gemact_transform, 3),
        peer("aggregate, FFT 2^16", with_aggregate, 3),
    ]
    first = ours[0]
    lines = [
        f"# Reference job A, {time.strftime('%Y-%m-%d')}",
        "",
        f"Machine class: {about}. Best of several; milliseconds of our work are processor time on one thread and wall",
        "clock on two; peers are processor seconds of one thread. Both engines include all figures. pyfair draws one loss a",
        "year: it is compared per simulated year.",
        "",
        "| ours | simulate, 1 thread | simulate, 2 threads | drawing alone, 1 thread | exact |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in ours:
        times = [row[key] for key in ("simulate_1_thread", "simulate_2_threads", "draw_only_1_thread", "exact")]
        lines.append(f"| {row['simd']} | " + " | ".join(f"{1000 * value:.1f} ms" for value in times) + " |")
    lines += ["", "| peer | CPU seconds, 1 thread | our simulation, 1 thread | 2 threads | our exact engine | answer |",
              "| --- | --- | --- | --- | --- | --- |"]
    for name, seconds, answer in peers:
        if seconds is None:
            lines.append(f"| {name} | - | - | - | - | {answer} |")
        else:
            lines.append(
                f"| {name} | {seconds:.3f} | {seconds / first['simulate_1_thread']:.1f} x "
                f"| {seconds / first['simulate_2_threads']:.1f} x "
                f"| {seconds / first['exact']:.1f} x | {answer} |"
            )
    lines += ["", f"Ours: mean {first['mean']:,.0f} simulated, {first['exact_mean']:,.4f} exact; "
              f"TVaR 99 % {first['tvar_99']:,.0f} simulated, {first['exact_tvar_99'][0]:,.0f} to "
              f"{first['exact_tvar_99'][1]:,.0f} exact."]
    text = "\n".join(lines) + "\n"
    print(text)
    with open(result, "w", encoding="utf-8") as out:
        out.write(text)


main()
