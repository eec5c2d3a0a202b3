#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Strangers, liars and a crowd of half-open connections: refused and counted, while a good probe ships on.

Environment: CROWD (10000 half-open TCP connections, less where RLIMIT_NOFILE does not allow them)."""
import os
import resource
import socket
import sys
import time

from pieces import BIN, Bench, finish, ok, stop, wait_for

CROWD = int(os.environ.get("CROWD", 10000))
HALF_OPEN_MAX = 1000


def raise_files():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def files_of(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def null_mechanism(port):
    """A ZMTP 3 greeting with mechanism NULL, as a client without keys would send it."""
    greeting = b"\xff" + b"\0" * 8 + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + b"\0" + b"\0" * 31
    with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
        s.sendall(greeting)
        s.settimeout(10)
        try:
            while s.recv(1000):
                pass
        except OSError:
            pass


def crowd(port, n):
    """n connections that say nothing, opened without waiting for any of them."""
    out = []
    for _ in range(n):
        s = socket.socket()
        s.setblocking(False)
        try:
            s.connect(("127.0.0.1", port))
        except BlockingIOError:
            pass
        except OSError:
            s.close()
            continue
        out.append(s)
    return out


def probe(b, name="probe-1"):
    for p in b.last("hold_take").get("probes", []):
        if p["name"] == name:
            return p
    return {}


def acked(b):
    return probe(b).get("flow_acked", 0)


def main():
    hard = raise_files()
    n = min(CROWD, hard - 500)
    b = Bench(names=("probe-1", "liar"))
    c = b.collector(env={"HALF_OPEN_MAX": str(HALF_OPEN_MAX)})
    feeder = b.feed(10**9, 5000)
    ship = b.ship()
    good = ok(wait_for(lambda: acked(b) > 1000), "a good probe ships")

    def knock(how, name):
        return b.call("bad_client", how, b.endpoint, b.key(name), b.path("keys/collector.pub"), check=False)

    good &= ok(knock("knock", "stranger").returncode == 1, "a key that is not on the list is refused")
    good &= ok(wait_for(lambda: b.last("hold_take").get("refused_keys", 0) >= 1), "and counted")
    r = b.call("bad_client", "knock", b.endpoint, b.key("probe-1"), b.path("keys/stranger.pub"), check=False)
    good &= ok(r.returncode == 1, "a client that expects another collector key does not get through")
    null_mechanism(b.port)
    good &= ok(wait_for(lambda: b.last("hold_take").get("refused_handshakes", 0) >= 2),
               "both are counted, and a client without keys too")

    said = dict(line.split(": ", 1) for line in knock("garbage", "liar").stdout.split("\n") if ": " in line)
    print(f"# {said}", flush=True)
    good &= ok(said.get("noise") == "error 1" and said.get("flipped") == "error 1"
               and said.get("empty") == "error 1" and said.get("welcome") == "error 1",
               "frames that are none are answered with an error")
    good &= ok(said.get("origin") == "error 3", "somebody else's origin is refused")
    good &= ok(said.get("version") == "error 2", "an unknown version is refused")
    good &= ok(said.get("batch before hello") == "error 4", "HELLO comes first")
    good &= ok(said.get("bad body") == "error 1", "a batch that does not hold what it says is refused")
    good &= ok("disconnected" in knock("large", "liar").stdout, "a message beyond the limit ends the connection")
    good &= ok(wait_for(lambda: probe(b, "liar").get("bad_frames", 0) >= 6), "bad frames are counted by peer")
    good &= ok(probe(b).get("bad_frames") == 0, "and not held against the good probe")

    before, idle = acked(b), files_of(c.pid)
    begun = time.monotonic()
    sockets = crowd(b.port, n)
    most, half, stalled, last = 0, 0, 0.0, (before, time.monotonic())
    while time.monotonic() < begun + 8:
        most = max(most, files_of(c.pid))
        half = max(half, b.last("hold_take").get("half_open", 0))
        now = acked(b)
        if now != last[0]:
            last = (now, time.monotonic())
        stalled = max(stalled, time.monotonic() - last[1])
        time.sleep(0.05)
    print(f"# crowd {len(sockets)}, files {idle} -> {most}, half-open {half}, longest stall {stalled:.2f} s, "
          f"held off {b.last('hold_take').get('held_off')} times", flush=True)
    good &= ok(len(sockets) >= n * 0.9, f"{len(sockets)} connections that say nothing")
    good &= ok(most < idle + HALF_OPEN_MAX + 1200, f"the collector's files stay bounded ({most})")
    good &= ok(b.last("hold_take").get("held_off", 0) >= 1, "new connections were held off")
    good &= ok(acked(b) > before + 8 * 1000, "the good probe went on shipping")
    for s in sockets:
        s.close()
    good &= ok(wait_for(lambda: b.last("hold_take").get("half_open", 1) == 0, 60), "the crowd is cleared away")
    good &= ok(wait_for(lambda: knock("knock", "liar").returncode == 0, 30), "newcomers get in again")

    stop(feeder)
    fed = b.last("spool_feed")
    stop(ship)
    good &= ok(b.ship("drain").wait(timeout=120) == 0, "everything was acknowledged")
    good &= ok(stop(c) == 0, "the collector ended well")
    found = b.check(fed["next"])
    print(f"# {found}", flush=True)
    good &= ok(found.get("missing") == 0 and found.get("doubled") == 0, "each event is there once")
    b.done(good)
    finish()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main() if os.path.isdir(BIN) else 77)
