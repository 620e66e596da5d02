#!/usr/bin/env python3
"""Load on the board of one warning: the real binary, over the loopback, with the standard library only.

    bench/warning/load.py BINARY [--recipients 10000] [--viewers 200] [--seconds 60] [--database URL]

1. Registers the recipients, each with an e-mail contact, and starts the server with an SMTP server of this script.
2. Issues one warning: how long until every delivery job is enqueued.
3. Waits until every message has arrived, and takes the links out of them. None may arrive twice.
4. Opens live boards, sends one answer a link spread over the seconds given, and measures for each answer how long
   every watched board takes to count it (from the moment the answer was accepted). In the end each must count all.

Prints one JSON object; exit 1 when a bar is missed: enqueued <= 2 s, lag P99 <= 1 s, every answer counted once.
"""
import argparse, asyncio, collections, csv, email, email.policy, json, os, pathlib, re, resource, subprocess, sys, tempfile, time
import urllib.request

LINK = re.compile(r"/a/([A-Za-z0-9_-]{54})")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--recipients", type=int, default=10_000)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--database", default="")
    parser.add_argument("--port", type=int, default=18087)
    return parser.parse_args()


class Mail:
    """An SMTP server that takes everything and keeps who got what."""

    def __init__(self):
        self.links = {}
        self.taken = collections.Counter()

    async def serve(self):
        server = await asyncio.start_server(self.talk, "127.0.0.1", 0)
        return server.sockets[0].getsockname()[1]

    async def talk(self, reader, writer):
        writer.write(b"220 load\r\n")
        recipient = ""
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-load\r\n250 8BITMIME\r\n")
            elif verb == b"RCPT":
                recipient = line.decode().split("<")[1].split(">")[0]
                writer.write(b"250 fine\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                text = bytearray()
                while (part := await reader.readline()) not in (b".\r\n", b""):
                    text += part
                self.taken[recipient] += 1
                message = email.message_from_bytes(bytes(text), policy=email.policy.default)
                self.links[recipient] = LINK.search(message.get_content()).group(1)
                writer.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                writer.close()
                return
            else:
                writer.write(b"250 fine\r\n")
            await writer.drain()


def register(folder, count):
    path = folder / "register.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["code", "name_ja", "sector", "prefecture", "hubs", "contact_channel", "contact_address"])
        sectors = ["medical", "water", "finance", "gas", "railway", "government_services", "electric_power", "port"]
        for number in range(count):
            code = f"load-{number:05d}"
            table.writerow([code, f"組織{number}", sectors[number % 8], f"{number % 47 + 1:02d}", f"hub-{number % 20}",
                            "email", f"{code}@load.example"])
    return path


class Api:
    def __init__(self, base):
        self.base, self.cookie = base, None

    def send(self, method, path, body=None):
        request = urllib.request.Request(self.base + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("content-type", "application/json")
        if self.cookie:
            request.add_header("cookie", self.cookie)
        with urllib.request.urlopen(request, timeout=60) as answer:
            if cookie := answer.headers.get("set-cookie"):
                self.cookie = cookie.split(";")[0]
            text = answer.read()
            return json.loads(text) if text else None


CONTENT = {
    "level": 3,
    "headline": {"ja": "負荷の試験です", "en": "A load test"},
    "description": {"ja": "試験です。", "en": "A test."},
    "plain": {"ja": "試験です。", "en": "A test."},
    "actions": {"affected": {"text": {"ja": "返事をする", "en": "Answer"}}},
    "certainty": {"word": "observed", "percent": 100},
    "sources": [{"title": "bench/warning"}],
    "not_known": [{"ja": "なし", "en": "Nothing"}],
    "ladder": [{"after_minutes": 600, "rung": "reminder"}],
}


async def watch(port, cookie, warning, seen, ready):
    """One live board; notes when it first shows each number of answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    path = f"/api/v1/warnings/{warning}/board/live"
    writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncookie: {cookie}\r\naccept: text/event-stream\r\n\r\n".encode())
    while line := await reader.readline():
        if line.startswith(b"data:"):
            acted = int(re.search(rb'"acted":(\d+)', line).group(1))
            seen.append((time.monotonic(), acted))
            ready.set()


async def press(port, token, accepted):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = b"choice=done"
    writer.write(f"POST /a/{token} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
                 f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
    status = int((await reader.readline()).split()[1])
    accepted.append((time.monotonic(), status))
    await reader.read()
    writer.close()


def lags(accepted, seen):
    """For the k-th accepted answer: when the board first showed at least k."""
    found, place = [], 0
    for number, (at, _) in enumerate(sorted(accepted), start=1):
        while place < len(seen) and seen[place][1] < number:
            place += 1
        found.append(max(0.0, seen[place][0] - at) if place < len(seen) else float("inf"))
    return found


async def run(options):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="shinayaka-load-"))
    mail = Mail()
    mail_port = await mail.serve()
    environment = dict(os.environ, SHINAYAKA_MAIL__HOST="127.0.0.1", SHINAYAKA_MAIL__PORT=str(mail_port),
                       SHINAYAKA_MAIL__TLS="none", SHINAYAKA_MAIL__FROM="warning@load.example", SHINAYAKA_MAIL__CONNECTIONS="8")
    where = ["--database", options.database] if options.database else ["--data", str(folder / "data")]
    command = lambda *parts: subprocess.run([options.binary, *parts, *where], env=environment, check=True, capture_output=True, text=True).stdout
    command("import", "organisation-csv", str(register(folder, options.recipients)))
    link = command("account", "add", "duty", "--role", "analyst").strip()
    server = subprocess.Popen([options.binary, "serve", "--listen", f"127.0.0.1:{options.port}", *where], env=environment,
                              stdout=subprocess.DEVNULL, stderr=(folder / "log").open("w"))
    try:
        return await measure(options, mail, link, folder)
    finally:
        server.terminate()
        server.wait()


async def measure(options, mail, link, folder):
    api = Api(f"http://127.0.0.1:{options.port}/api/v1")
    for _ in range(200):
        try:
            await asyncio.to_thread(api.send, "GET", "/session")
            break
        except OSError:
            await asyncio.sleep(0.1)
    secret = link.rsplit("#", 1)[-1]
    await asyncio.to_thread(api.send, "POST", "/session/invitation", {"secret": secret, "password": "a long plain sentence"})
    await asyncio.to_thread(api.send, "POST", "/session", {"name": "duty", "password": "a long plain sentence"})
    draft = await asyncio.to_thread(api.send, "POST", "/warnings", {"content": CONTENT})
    begun = time.monotonic()
    issued = await asyncio.to_thread(api.send, "POST", f"/warnings/{draft['id']}/issue", {"version": 1})
    enqueued = time.monotonic() - begun
    print(f"issued to {issued['affected']}, {issued['deliveries']} deliveries in {enqueued:.2f} s", file=sys.stderr)
    while len(mail.taken) < options.recipients and time.monotonic() - begun < 900:
        await asyncio.sleep(0.5)
    delivered = time.monotonic() - begun
    print(f"{len(mail.taken)} messages arrived after {delivered:.0f} s", file=sys.stderr)
    await asyncio.sleep(2)
    boards, tasks = [], []
    for _ in range(options.viewers):
        seen, ready = [], asyncio.Event()
        boards.append(seen)
        tasks.append(asyncio.create_task(watch(options.port, api.cookie, draft["id"], seen, ready)))
        await ready.wait()
    accepted, presses = [], []
    start = time.monotonic()
    for number, token in enumerate(mail.links.values()):
        due = start + options.seconds * number / len(mail.links)
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        presses.append(asyncio.create_task(press(options.port, token, accepted)))
    await asyncio.gather(*presses)
    took = time.monotonic() - start
    await asyncio.sleep(3)
    for task in tasks:
        task.cancel()
    every = sorted(lag for seen in boards for lag in lags(accepted, seen))
    board = await asyncio.to_thread(api.send, "GET", f"/warnings/{draft['id']}/board")
    at = lambda part: round(every[min(len(every) - 1, int(len(every) * part))], 3)
    result = {
        "database": "postgresql" if options.database else "sqlite", "recipients": options.recipients,
        "enqueued_seconds": round(enqueued, 2), "delivered_seconds": round(delivered, 1),
        "messages": sum(mail.taken.values()), "messages_twice": sum(count > 1 for count in mail.taken.values()),
        "viewers": options.viewers, "answers_over_seconds": round(took, 1),
        "answers_accepted": sum(status == 303 for _, status in accepted),
        "answers_counted": board["totals"]["acted"], "boards_complete": sum(seen[-1][1] == options.recipients for seen in boards),
        "lag_p50": at(0.5), "lag_p99": at(0.99), "lag_worst": round(every[-1], 3), "load_average": os.getloadavg()[0],
    }
    held = (enqueued <= 2 and result["lag_p99"] <= 1 and result["messages_twice"] == 0
            and result["answers_accepted"] == result["answers_counted"] == options.recipients
            and result["boards_complete"] == options.viewers)
    return result, held


if __name__ == "__main__":
    result, held = asyncio.run(run(arguments()))
    print(json.dumps(result))
    sys.exit(0 if held else 1)
