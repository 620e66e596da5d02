#!/usr/bin/env python3
"""100,000 events against all regimes: how long the command takes.

    python3 bench/obligation/race.py target/release/shinayaka [EVENTS] [SEED]

Every event has facts for three regimes that the seed draws, half of them a correction and a report. The command reads, checks
and answers each event against every regime; `seconds` is its own figure, wall is the whole process.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone

KINDS = {
    "nis2-entity": {"significant": True},
    "dora-financial-entity": {"classification": None},
    "cra-manufacturer": {"actively_exploited_vulnerability": True, "severe_product_incident": False, "fix_available": None},
    "gdpr-controller": {"personal_data": True},
    "sec-registrant": {"materiality_determination": None},
    "circia-covered-entity": {"covered_incident": True, "reasonable_belief": None},
    "ai-provider": {"ai_serious_incident": True},
    "appi-business-operator": {"personal_data": True, "affected_persons": 5000, "wrongful_purpose": True},
    "jp-telecommunications-carrier": {"service_disrupted": True, "serious_accident": True, "occurrence": None},
    "ch-critical-infrastructure": {"extortion": True, "discovery": None},
}
ZONES = ["Europe/Berlin", "Asia/Tokyo", "America/New_York", "Europe/Zurich"]


def event(number, draw):
    aware = datetime(2026, 9, 15, tzinfo=timezone.utc) + timedelta(minutes=draw.randrange(60 * 24 * 60))
    roles = draw.sample(sorted(KINDS), 3)
    facts = {"roles": roles, "awareness": aware.isoformat()}
    for role in roles:
        for name, value in KINDS[role].items():
            facts[name] = value if value is not None else (aware + timedelta(minutes=draw.randrange(3000))).isoformat()
    body = {"schema": "shinayaka.event/1", "id": str(number), "zone": draw.choice(ZONES), "facts": facts}
    if draw.random() < 0.5:
        earlier = aware - timedelta(hours=3)
        body["fact"] = [{"name": "awareness", "value": earlier.isoformat(), "known": (aware + timedelta(hours=9)).isoformat()}]
        body["report"] = [{"duty": "eu-nis2/notification", "submitted": (aware + timedelta(hours=50)).isoformat()}]
    return json.dumps(body)


def main():
    binary = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    draw = random.Random(seed)
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
        for number in range(count):
            file.write(event(number, draw) + "\n")
        file.flush()
        begun = time.perf_counter()
        run = subprocess.run(
            [binary, "duties", file.name, "--totals", "--at", "2026-11-22T00:00:00Z"], capture_output=True, text=True
        )
        wall = time.perf_counter() - begun
    if run.returncode == 2:
        sys.exit(run.stderr)
    totals = json.loads(run.stdout)
    answered = sum(value for key, value in totals.items() if key not in ("events", "seconds"))
    print(f"seed {seed}, {totals['events']} events, {answered} duties answered: {totals['seconds']:.2f} s ({wall:.2f} s wall)")
    print(totals)


if __name__ == "__main__":
    main()
