#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Network cut and frozen, quota too small, disks full on either side: each event is stored once or covered by
exactly one gap record, and the probe says so."""
import os
import select
import socket
import subprocess
import sys
import threading
import time

from pieces import BIN, Bench, finish, free_port, ok, stop, wait_for


class Relay(threading.Thread):
    """TCP in the middle: can cut what there is, and freeze (take nothing, give nothing)."""

    def __init__(self, to):
        super().__init__(daemon=True)
        self.to, self.port, self.frozen, self.pairs = to, free_port(), False, []
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(("127.0.0.1", self.to), timeout=5)
            except OSError:
                client.close()
                continue
            self.pairs.append((client, server))
            threading.Thread(target=self.pump, args=(client, server), daemon=True).start()

    def pump(self, a, b):
        try:
            while True:
                if self.frozen:
                    time.sleep(0.02)
                    continue
                ready, _, _ = select.select([a, b], [], [], 0.1)
                for s in ready:
                    data = s.recv(65536)
                    if not data:
                        return
                    (b if s is a else a).sendall(data)
        except (OSError, ValueError):
            pass
        finally:
            a.close()
            b.close()

    def cut(self):
        for pair in self.pairs:
            for s in pair:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.pairs.clear()


def acked(b):
    probes = b.last("hold_take").get("probes", [])
    return probes[0]["flow_acked"] if probes else 0


def settle(b, c, what, covered=False):
    """Drain what is left and look at everything."""
    fed = b.last("spool_feed")
    good = ok(b.ship("drain").wait(timeout=120) == 0, f"{what}: everything was acknowledged")
    stop(c)
    found = b.check(fed["next"])
    print(f"# {what}: fed {fed} found {found}", flush=True)
    good &= ok(found.get("missing") == 0, f"{what}: each event is stored or covered")
    good &= ok(found.get("doubled") == 0, f"{what}: and only once")
    good &= ok((found.get("covered", 0) > 0) == covered, f"{what}: {'gap records cover the rest' if covered else 'no gap was needed'}")
    good &= ok(found.get("unnumbered") == fed["unwritten"], f"{what}: events the disk refused are counted ({fed['unwritten']})")
    return good


def network():
    b = Bench()
    c = b.collector()
    relay = Relay(b.port)
    feeder = b.feed(60000, 8000)
    ship = b.ship(endpoint=f"tcp://127.0.0.1:{relay.port}")
    good = ok(wait_for(lambda: acked(b) > 500), "network: ships through the relay")
    for i in range(6):
        time.sleep(0.5)
        if i % 2:
            relay.frozen = True
            time.sleep(0.7)
            relay.frozen = False
        relay.cut()
    good &= ok(feeder.wait(timeout=120) == 0, "network: the feeder came to its end")
    stop(ship, 120)
    err = b.text("ship_run.err")
    good &= ok(1 <= err.count("trying again") <= 12, "network: a line for each change of state")
    good &= settle(b, c, "network")
    b.done(good)
    return good


def quota():
    b = Bench()
    good = ok(b.feed(200000, 0, 16 << 20).wait(timeout=120) == 0, "quota: more is written than fits, nobody listening")
    fed = b.last("spool_feed")
    used = sum(os.path.getsize(os.path.join(d, f)) for d, _, names in os.walk(b.spool) for f in names)
    good &= ok(used < 20 << 20, f"quota: the spool stays small ({used} bytes)")
    good &= ok(fed["dropped"] > 0, f"quota: {fed['dropped']} were given up")
    good &= ok(os.path.exists(b.path("spool", "alert", "%020d.seg" % 1)), "quota: no alert was")
    c = b.collector()
    good &= settle(b, c, "quota", covered=True)
    b.done(good)
    return good


def quota_while_shipping():
    b = Bench()
    c = b.collector()
    ship = b.ship()
    # as fast as it goes into a spool that holds a second of it: the writer overtakes the shipper
    good = ok(b.feed(400000, 0, 8 << 20).wait(timeout=120) == 0, "overtaken: the feeder came to its end")
    stop(ship, 120)
    dropped = b.last("spool_feed")["dropped"]
    good &= settle(b, c, "overtaken", covered=dropped > 0)
    b.done(good)
    return good


def tmpfs(path, size):
    os.makedirs(path, exist_ok=True)
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path],
                          capture_output=True, check=False).returncode == 0


def fill(path):
    """Take what room is left."""
    try:
        with open(path, "wb") as f:
            while True:
                f.write(b"\0" * 4096)
                f.flush()
    except OSError:
        pass


def spool_disk_full():
    b = Bench()
    if not tmpfs(b.spool, "40m"):
        print("ok - spool disk full # SKIP cannot mount a tmpfs", flush=True)
        b.done(True)
        return True
    try:
        good = ok(b.feed(300000, 0, 1 << 30).wait(timeout=120) == 0, "spool disk full: the feeder goes on")
        good &= ok(b.last("spool_feed")["dropped"] > 0, "spool disk full: the oldest of the lowest lane went")
        # somebody else takes all of the disk, so that nothing can be made room for
        fill(b.path("spool", "filler"))
        feeder = b.feed(330000, 10000, 1 << 30)
        time.sleep(1.5)
        os.unlink(b.path("spool", "filler"))
        good &= ok(feeder.wait(timeout=120) == 0, "spool disk full: the feeder goes on again")
        c = b.collector()
        fed = b.last("spool_feed")
        drained = b.ship("drain").wait(timeout=120)
        good &= ok(drained == 0, "spool disk full: everything was acknowledged")
        stop(c)
        found = b.check(fed["next"])
        print(f"# spool disk full: fed {fed} found {found}", flush=True)
        good &= ok(found.get("missing") == 0 and found.get("doubled") == 0 and found.get("covered") > 0,
                   "spool disk full: each numbered event is stored or covered, once")
        good &= ok("does not take" not in b.text("spool_feed.err") or "again" in b.text("spool_feed.err"),
                   "spool disk full: a line when it begins and one when it ends")
    finally:
        b.end()
        subprocess.run(["umount", b.spool], check=False)
    b.done(good)
    return good


def hold_disk_full():
    b = Bench()
    if not tmpfs(b.data, "24m"):
        print("ok - hold disk full # SKIP cannot mount a tmpfs", flush=True)
        b.done(True)
        return True
    try:
        c = b.collector()
        ship = b.ship()
        feeder = b.feed(120000, 20000)
        good = ok(wait_for(lambda: acked(b) > 1000), "hold disk full: ships")
        fill(b.path("data", "filler"))
        good &= ok(wait_for(lambda: "does not take" in b.text("hold_take.err")), "hold disk full: the collector says so")
        time.sleep(1)
        stuck = acked(b)
        time.sleep(1)
        good &= ok(c.poll() is None and acked(b) == stuck, "hold disk full: nothing more is acknowledged")
        os.unlink(b.path("data", "filler"))
        good &= ok(wait_for(lambda: acked(b) > stuck + 1000), "hold disk full: and it goes on when there is room")
        good &= ok(feeder.wait(timeout=120) == 0, "hold disk full: the feeder came to its end")
        stop(ship, 120)
        good &= settle(b, c, "hold disk full")
    finally:
        b.end()
        subprocess.run(["umount", b.data], check=False)
    b.done(good)
    return good


def main():
    good = True
    for part in (network, quota, quota_while_shipping, spool_disk_full, hold_disk_full):
        if len(sys.argv) < 2 or part.__name__ in sys.argv[1:]:
            good &= part()
    finish()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main() if os.path.isdir(BIN) else 77)
