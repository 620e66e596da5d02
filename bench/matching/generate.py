"""Generated data of the size of everything known, from a printed seed: OSV records and a list of components.

Usage: generate.py VULNERABILITIES RANGES PACKAGES COMPONENTS OUT    (OUT becomes a folder with osv.ndjson, components.txt
and advisories/ of 100 new records)

Where the public data end, this begins: package names are invented, sizes follow a power law (few packages have many
records), versions are those of npm, PyPI, Debian, Maven and Rust.
"""
import json
import random
import sys
from pathlib import Path

TYPES = [("npm", "npm", "SEMVER"), ("PyPI", "pypi", "ECOSYSTEM"), ("Debian", "deb/debian", "ECOSYSTEM"),
         ("Maven", "maven/org.example", "ECOSYSTEM"), ("crates" ".io", "cargo", "SEMVER")]


def version(rng, kind):
    plain = f"{int(rng.paretovariate(1.2)) % 40}.{rng.randrange(30)}.{rng.randrange(50)}"
    return f"{plain}-{rng.randrange(1, 9)}" if kind.startswith("deb") else plain


def record(rng, number, ranges, packages, prefix):
    affected = []
    for _ in range(ranges):
        at = min(int(rng.paretovariate(0.6)) - 1, 10**9) % packages
        ecosystem, kind, order = TYPES[at % len(TYPES)]
        low, high = sorted((version(rng, kind), version(rng, kind)), key=lambda v: [int(n) for n in v.replace("-", ".").split(".")])
        events = [{"introduced": rng.choice(["0", low])}, {"fixed": high} if rng.random() < 0.8 else {"last_affected": high}]
        affected.append({"package": {"ecosystem": ecosystem, "name": f"p{at}", "purl": f"pkg:{kind}/p{at}"},
                         "ranges": [{"type": order, "events": events}]})
    day = f"20{rng.randrange(10, 26):02}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
    return {"id": f"{prefix}-{number}", "modified": f"{day}T00:00:00Z", "aliases": [f"CVE-2031-{number}"], "affected": affected}


def main():
    vulnerabilities, ranges, packages, components = map(int, sys.argv[1:5])
    out = Path(sys.argv[5])
    (out / "advisories").mkdir(parents=True, exist_ok=True)
    seed = 20261122
    print("seed", seed)
    rng = random.Random(seed)
    share = ranges / vulnerabilities
    with open(out / "osv.ndjson", "w") as file:
        for number in range(vulnerabilities):
            count = int(share) + (rng.random() < share - int(share))
            file.write(json.dumps(record(rng, number, max(1, count), packages, "GEN"), separators=(",", ":")) + "\n")
    for number in range(100):
        text = json.dumps(record(rng, vulnerabilities + number, 5, packages, "NEW"))
        (out / "advisories" / f"{number}.json").write_text(text)
    with open(out / "components.txt", "w") as file:
        seen = set()
        while len(seen) < components:
            at = rng.randrange(packages)
            kind = TYPES[at % len(TYPES)][1]
            number = rng.randrange(1 << 30)
            text = f"pkg:{kind}/p{at}@{number % 37}.{number // 37 % 40}.{number // 1480 % 97}"
            if kind.startswith("deb"):
                text += f"-{number % 9 + 1}"
            key = hash(text)
            if key not in seen:
                seen.add(key)
                file.write(text + "\n")


if __name__ == "__main__":
    main()
