#!/usr/bin/env python3
"""Kills the real binary (SIGKILL) again and again while it sends, and looks what became of every recipient.

    bench/warning/kill.py BINARY [--recipients 400] [--kills 6]

Every delivery must end delivered, or failed with a reason; the log of the receiving server must hold no recipient twice
and every recipient whose delivery says delivered. Exit 1 otherwise. Prints one JSON object.
"""
import argparse, asyncio, collections, json, os, pathlib, signal, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from load import Api, CONTENT, Mail, register


async def run(options):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="shinayaka-kill-"))
    mail = Mail()
    port = await mail.serve()
    environment = dict(os.environ, SHINAYAKA_MAIL__HOST="127.0.0.1", SHINAYAKA_MAIL__PORT=str(port),
                       SHINAYAKA_MAIL__TLS="none", SHINAYAKA_MAIL__FROM="warning@load.example", SHINAYAKA_MAIL__CONNECTIONS="2")
    where = ["--data", str(folder / "data")]
    command = lambda *parts: subprocess.run([options.binary, *parts, *where], env=environment, check=True, capture_output=True, text=True).stdout
    command("import", "organisation-csv", str(register(folder, options.recipients)))
    (folder / "content.json").write_text(json.dumps(CONTENT))
    issued = json.loads(command("warning", "issue", str(folder / "content.json"), "--json"))
    kills = 0
    while kills < options.kills:
        worker = subprocess.Popen([options.binary, "worker", *where], env=environment, stderr=subprocess.DEVNULL)
        before = len(mail.taken)
        for _ in range(300):
            await asyncio.sleep(0.01)
            if len(mail.taken) >= before + 7:
                break
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        kills += 1
    worker = subprocess.Popen([options.binary, "worker", *where], env=environment, stderr=subprocess.DEVNULL)
    # The leases of the killed workers run out after a minute.
    end, states = time.monotonic() + 180, collections.Counter()
    while time.monotonic() < end:
        await asyncio.sleep(3)
        board = subprocess.run([options.binary, "warning", "board", issued["id"], "--json", *where], env=environment, capture_output=True, text=True)
        states = json.loads(board.stdout)["deliveries"]
        if not set(states) & {"queued", "sending"}:
            break
    worker.terminate()
    worker.wait()
    result = {"recipients": options.recipients, "kills": kills, "states": states, "messages": sum(mail.taken.values()),
              "twice": sum(count > 1 for count in mail.taken.values())}
    done = sum(states.values()) == options.recipients and not set(states) & {"queued", "sending"}
    held = done and result["twice"] == 0 and states.get("delivered", 0) <= result["messages"]
    return result, held


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--recipients", type=int, default=400)
    parser.add_argument("--kills", type=int, default=6)
    result, held = asyncio.run(run(parser.parse_args()))
    print(json.dumps(result))
    sys.exit(0 if held else 1)
