"""The same components against the same records: ours, cve-bin-tool 3.4 and osv-offline-db 1.8.0, in CPU seconds.

Usage: race.py SHINAYAKA RECORDS.ndjson NODE_MODULES OUT.md [COMPONENTS]
(a Python with cve-bin-tool and zstandard-unpacked PyPA records; NODE_MODULES holds @renovatebot/osv-offline-db)

Work: distinct packages with versions, drawn from those that the records list, against all ranges. cve-bin-tool gets the
ranges in a data base of its own schema; osv-offline-db answers by name and checks no version. Ours is the whole process
with opening the index and printing every proof.
"""
import json
import os
import platform
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DRIVER = """
const { OsvOfflineDb } = require(process.argv[2] + '/@renovatebot/osv-offline-db/dist/lib/db.js');
OsvOfflineDb.rootDirectory = process.argv[3];
(async () => {
  const db = await OsvOfflineDb.create();
  const names = JSON.parse(require('fs').readFileSync(process.argv[4]));
  const begun = process.cpuUsage();
  let found = 0;
  for (const name of names) found += (await db.query('PyPI', name)).length;
  const spent = process.cpuUsage(begun);
  console.log(JSON.stringify({ cpu: (spent.user + spent.system) / 1e6, found }));
})();
"""


def child(command, **options):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done


def ranges(record):
    for affected in record["affected"]:
        name = affected["package"]["name"].lower()
        for span in affected.get("ranges", []):
            if span["type"] == "GIT":
                continue
            low = None
            for event in span["events"]:
                if "introduced" in event:
                    low = None if event["introduced"] == "0" else event["introduced"]
                elif "fixed" in event:
                    yield name, low, None, event["fixed"]
                elif "last_affected" in event:
                    yield name, low, event["last_affected"], None


def bin_tool(records, components, folder):
    from cve_bin_tool.cve_scanner import CVEScanner
    from cve_bin_tool.util import ProductInfo
    from cve_bin_tool.cvedb import CVEDB

    path = str(folder / "cve.db")
    data = sqlite3.connect(path)
    for table in CVEDB.TABLE_SCHEMAS.values():
        data.execute(table)
    for record in records:
        key = (record["id"], "OSV")
        data.execute("INSERT OR IGNORE INTO cve_severity VALUES (?,?,?,?,?,?,?,?)", (key[0], "HIGH", "", 7, 3, "", key[1], ""))
        for name, low, last, fixed in ranges(record):
            row = (key[0], "pypi", name, "*", low or "", "", last or "", fixed or "", key[1])
            data.execute("INSERT INTO cve_range VALUES (?,?,?,?,?,?,?,?,?)", row)
    data.execute("CREATE INDEX product ON cve_range (product, vendor, version)")
    data.commit()
    CVEScanner.dbname = path
    begun = time.process_time()
    with CVEScanner(score=0) as scanner:
        for name, version in components:
            scanner.get_cves(ProductInfo("pypi", name, version, "/", f"pkg:pypi/{name}@{version}"), {"default": {}, "paths": {""}})
        found = sum(len(value["cves"]) for value in scanner.all_cve_data.values())
    return time.process_time() - begun, found


def main():
    binary, source, modules, out = sys.argv[1:5]
    wanted = int(sys.argv[5]) if len(sys.argv) > 5 else 5000
    with open(source) as file:
        records = [json.loads(line) for line in file]
    rng = random.Random(20261122)
    known = sorted({(a["package"]["name"].lower().replace("_", "-"), v.lower())
                    for r in records for a in r["affected"] for v in a.get("versions", [])})
    components = rng.sample(known, min(wanted, len(known)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pypi.nedb").write_text("".join(json.dumps(record) + "\n" for record in records))
        (folder / "names.json").write_text(json.dumps([package for package, _ in components]))
        (folder / "driver.js").write_text(DRIVER)
        (folder / "list.txt").write_text("".join(f"pkg:pypi/{p}@{v}\n" for p, v in components))
        index = child([binary, "match", "index", "--osv", source, "--out", str(folder / "index")])
        run = child([binary, "match", "run", "--index", str(folder / "index"), "--components", str(folder / "list.txt"),
                     "--verdict", "affected", "--json"])
        ours = len(run[1].stdout.splitlines())
        peer = json.loads(child(["node", str(folder / "driver.js"), modules, str(folder), str(folder / "names.json")])[1].stdout)
        tool, found = bin_tool(records, components, folder)
    rows = [("osv-offline-db 1.8.0 (names only)", peer["cpu"], peer["found"]), ("cve-bin-tool 3.4", tool, found), ("ours", run[0], ours)]
    lines = [f"| {who} | {cpu:.3f} | {len(components) / cpu:,.0f} | {cpu / run[0]:.0f}x | {count} |" for who, cpu, count in rows]
    text = "\n".join([
        "# Race of the matching engine", "",
        f"{time.strftime('%Y-%m-%d')}; {os.cpu_count()} cores {platform.machine()}; other builds ran at the same time, so CPU seconds and ratios count.",
        f"{len(records)} PyPA records, {len(components)} components. Ours: the whole process with its proofs; indexing took {index[0]:.2f} CPU s.", "",
        "| who | CPU s | components per CPU s | against ours | findings |", "| --- | ---: | ---: | ---: | ---: |", *lines, ""])
    Path(out).write_text(text)
    print(text)


if __name__ == "__main__":
    main()
