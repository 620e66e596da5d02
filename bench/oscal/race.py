"""OSCAL: profile resolution, checking and converting, against compliance-trestle and the PyPI package oscal.

Usage: race.py SHINAYAKA TRESTLE_PYTHON OSCAL_PYTHON DATA OUT.md
TRESTLE_PYTHON and OSCAL_PYTHON are Pythons with one of the two installed; DATA is the folder with NIST's documents
(profile-resolution-*.tar.zst, 800-53r5_*.json.zst).

Every contestant runs as a process of its own on the same files: least CPU seconds and wall seconds of several runs, and
the most memory a run had. compliance-trestle reads no XML: it gets the same documents as JSON, converted by us, with
the names in them changed. Results are compared as trees of groups and controls with ids, titles, parameters and parts.
"""
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHINAYAKA, TRESTLE, OSCAL, DATA, OUT = sys.argv[1:6]
BEST_OF = 5

TRESTLE_RESOLVE = """
import pathlib, sys
from trestle.core.profile_resolver import ProfileResolver
catalog = ProfileResolver.get_resolved_profile_catalog(pathlib.Path(sys.argv[1]), sys.argv[2])
print(catalog.oscal_serialize_json())
"""
TRESTLE_CHECK = """
import argparse, pathlib, sys
from trestle.oscal.catalog import Catalog
from trestle.core import validator_factory
catalog = Catalog.oscal_read(pathlib.Path(sys.argv[2]))
validator = validator_factory.init(argparse.Namespace(mode='all'))
sys.exit(0 if validator.model_is_valid(catalog, True, pathlib.Path(sys.argv[1])) else 1)
"""
OSCAL_RESOLVE = """
import sys
from oscal.oscal_controls import Profile
profile = Profile.open(sys.argv[2])
profile.resolve_imports()
profile.resolve()
print(profile.resolve_and_dumps_catalog('json'))
"""
OSCAL_CHECK = """
import sys
from oscal.oscal_controls import Catalog
catalog = Catalog.open(sys.argv[2])
sys.exit(0 if catalog.is_valid else 1)
"""


def run(command, times):
    """Least CPU and wall seconds, most memory in MB, last output and exit code."""
    cpu, wall, memory, text, code = None, None, 0, b"", 0
    for _ in range(times):
        with tempfile.TemporaryFile() as out:
            begun = time.perf_counter()
            child = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = code = os.waitstatus_to_exitcode(status)
            spent = time.perf_counter() - begun
            out.seek(0)
            text = out.read()
        used = usage.ru_utime + usage.ru_stime
        cpu = used if cpu is None else min(cpu, used)
        wall = spent if wall is None else min(wall, spent)
        memory = max(memory, usage.ru_maxrss / 1024)
    return cpu, wall, memory, text.decode(errors="replace"), code


def tree(node):
    """Groups and controls, with ids, titles, parameters and parts."""
    def parts(items):
        return [(part.get("id"), part.get("name"), parts(part.get("parts") or [])) for part in items]

    def item(kind, body):
        params = [param.get("id") for param in body.get("params") or []]
        return kind, body.get("id"), body.get("title"), params, parts(body.get("parts") or []), tree(body)

    return [item("control", body) for body in node.get("controls") or []] + [
        item("group", body) for body in node.get("groups") or []]


def catalog(text):
    start = text.find("{")
    try:
        body = json.loads(text[start:])["catalog"]
    except (ValueError, KeyError):
        return None
    return [param.get("id") for param in body.get("params") or []], tree(body)


def unpack(folder):
    for archive in sorted(Path(DATA).glob("profile-resolution-*.tar.zst")):
        subprocess.run(["tar", "--zstd", "-xf", archive, "-C", folder], check=True)
    for file in Path(DATA).glob("800-53r5_*.json.zst"):
        subprocess.run(["zstd", "-dqf", file, "-o", folder / file.stem], check=True)


def as_json(source, target):
    """The documents for trestle: JSON, with the names of files changed in what they import."""
    for file in source.rglob("*.xml"):
        out = target / file.relative_to(source).with_suffix(".json")
        out.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run([SHINAYAKA, "oscal", "convert", file, "--to", "json"], capture_output=True, check=False)
        if done.returncode == 0:
            text = done.stdout.decode()
            absolute = lambda match: f'"href": "{(out.parent / match.group(1)).resolve()}.json"'
            out.write_text(re.sub(r'"href": "([\w./-]+)\.xml"', absolute, text))


def pairs(folder, workspace):
    rows = {}
    as_json(folder, workspace / "json")
    for suite in ("requirement-tests", "profile-resolution-examples"):
        score = {"shinayaka": 0, "compliance-trestle": 0, "oscal": 0}
        expected = sorted((folder / suite / "output-expected").glob("*_RESOLVED.xml"))
        for file in expected:
            name = file.name.replace("_RESOLVED", "")
            wanted = catalog(run([SHINAYAKA, "oscal", "convert", file, "--to", "json"], 1)[3])
            profile = folder / suite / name
            ours = run([SHINAYAKA, "oscal", "resolve", profile, "--to", "json"], 1)[3]
            score["shinayaka"] += catalog(ours) == wanted
            other = workspace / "json" / suite / Path(name).with_suffix(".json")
            trestle = run([TRESTLE, "-c", TRESTLE_RESOLVE, workspace, other], 1)[3]
            score["compliance-trestle"] += catalog(trestle) == wanted
            peer = run([OSCAL, "-c", OSCAL_RESOLVE, workspace, profile], 1)[3]
            score["oscal"] += catalog(peer) == wanted
        rows[suite] = (len(expected), score)
    return rows


def works(folder, workspace):
    big = folder / "800-53r5_catalog_v1.0.0.json"
    profile = folder / "800-53r5_LOW_profile_v1.0.0.json"
    text = profile.read_text().replace("NIST_SP-800-53_rev5_catalog.xml", str(big))
    low, high = folder / "low.json", folder / "high.json"
    low.write_text(text)
    body = json.loads(text)
    # As many controls as the HIGH baseline has.
    ids = [item["id"] for _, item in walk(json.loads(big.read_text())["catalog"])][:370]
    body["profile"]["imports"][0]["include-controls"] = [{"with-ids": ids}]
    high.write_text(json.dumps(body))
    return [
        ("check the catalogue 800-53r5, 3.2 MB", [SHINAYAKA, "oscal", "validate", big], TRESTLE_CHECK, OSCAL_CHECK, big),
        ("resolve LOW, 149 controls of 1,189", [SHINAYAKA, "oscal", "resolve", low], TRESTLE_RESOLVE, OSCAL_RESOLVE, low),
        ("resolve 370 controls of 1,189", [SHINAYAKA, "oscal", "resolve", high], TRESTLE_RESOLVE, OSCAL_RESOLVE, high),
    ]


def walk(body):
    for control in body.get("controls") or []:
        yield "control", control
        yield from walk(control)
    for group in body.get("groups") or []:
        yield from walk(group)


def version(python, package):
    code = f"import importlib.metadata as m; print(m.version('{package}'))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def main():
    with tempfile.TemporaryDirectory() as name:
        folder, workspace = Path(name) / "data", Path(name) / "workspace"
        folder.mkdir()
        workspace.mkdir()
        subprocess.run([Path(TRESTLE).parent / "trestle", "init", "-tr", workspace], capture_output=True, check=False)
        if not (workspace / ".trestle").is_dir():
            subprocess.run([Path(TRESTLE).parent / "trestle", "init"], cwd=workspace, capture_output=True, check=True)
        unpack(folder)
        lines = [
            "# Race of the OSCAL engine", "",
            f"{time.strftime('%Y-%m-%d')}; {os.cpu_count()} cores {platform.machine()}; other builds ran at the same time, so CPU seconds and",
            f"ratios count. compliance-trestle {version(TRESTLE, 'compliance-trestle')}, oscal (PyPI) {version(OSCAL, 'oscal')}, Python {platform.python_version()}.",
            f"Whole processes, best of {BEST_OF}.", "",
            "## NIST's pairs of profile resolution",
            "", "Equal as trees of groups and controls with ids, titles, parameters and parts.", "",
            "| set | pairs | shinayaka | compliance-trestle | oscal |", "| --- | ---: | ---: | ---: | ---: |"]
        for suite, (count, score) in pairs(folder, workspace).items():
            lines.append(f"| {suite} | {count} | {score['shinayaka']} | {score['compliance-trestle']} | {score['oscal']} |")
        lines += ["", "## Time and memory", "",
                  "| work | who | CPU s | wall s | memory MB | CPU against ours |", "| --- | --- | ---: | ---: | ---: | ---: |"]
        for title, ours, trestle, peer, file in works(folder, workspace):
            commands = [("shinayaka", ours), ("compliance-trestle", [TRESTLE, "-c", trestle, workspace, file]),
                        ("oscal", [OSCAL, "-c", peer, workspace, file])]
            base = None
            for who, command in commands:
                cpu, wall, memory, _, code = run(command, BEST_OF)
                base = base or cpu
                note = "" if code == 0 else f" (exit {code})"
                lines.append(f"| {title} | {who}{note} | {cpu:.3f} | {wall:.3f} | {memory:.0f} | {cpu / base:.0f}x |")
        Path(OUT).write_text("\n".join(lines) + "\n")
        print("\n".join(lines))


if __name__ == "__main__":
    main()
