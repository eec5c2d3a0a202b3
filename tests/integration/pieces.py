# SPDX-License-Identifier: Apache-2.0
"""The small programs of this folder, started, killed and asked. Prints TAP through ok()."""
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("PIECES", os.path.join(ROOT, "build/asan/tests/integration"))
_count = 0
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that atexit ends what runs


def ok(good, what):
    """One TAP line."""
    global _count
    _count += 1
    print(f"{'ok' if good else 'not ok'} {_count} - {what}", flush=True)
    return good


def finish():
    print(f"1..{_count}", flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Bench:
    """A folder with keys, a spool and a collector's data; programs write their logs there."""

    def __init__(self, names=("probe-1",), strangers=("stranger",)):
        self.dir = tempfile.mkdtemp(prefix="wanglou-", dir=os.environ.get("TEST_DIR", "/tmp"))
        self.port = free_port()
        self.endpoint = f"tcp://127.0.0.1:{self.port}"
        self.spool = self.path("spool")
        self.data = self.path("data")
        self.call("hold_take", "keys", self.path("keys"), "collector", *names, *strangers)
        os.mkdir(self.path("allowed"))
        for n in names:
            os.link(self.path("keys", n + ".pub"), self.path("allowed", n + ".pub"))
        self.started = []
        atexit.register(self.end)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def key(self, name):
        return self.path("keys", name + ".key")

    def call(self, program, *args, check=True):
        r = subprocess.run([os.path.join(BIN, program), *map(str, args)], stdout=subprocess.PIPE,
                           stderr=open(self.path(program + ".err"), "ab"), text=True, check=False)
        if check and r.returncode:
            raise RuntimeError(f"{program} {args[0]} ended with {r.returncode}")
        return r

    def start(self, program, *args, env=None, preexec=None):
        name = os.path.basename(program)
        p = subprocess.Popen([os.path.join(BIN, program), *map(str, args)],
                             stdout=open(self.path(name + ".out"), "ab"),
                             stderr=open(self.path(name + ".err"), "ab"),
                             env={**os.environ, **(env or {})}, preexec_fn=preexec)
        self.started.append(p)
        return p

    def collector(self, env=None, preexec=None):
        return self.start("hold_take", "run", self.data, self.endpoint, self.key("collector"),
                          self.path("allowed"), env=env, preexec=preexec)

    def real_collector(self, program):
        """The whole collector, store included, its data in the same folder."""
        os.makedirs(self.data, mode=0o700, exist_ok=True)
        os.chmod(self.dir, 0o755)
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", "nobody:", self.data], check=True)
        sets = {"data.dir": self.data, "listen.endpoint": self.endpoint, "listen.key-file": self.key("collector"),
                "listen.authorized": self.path("allowed"), "http.listen": "", "hold.segment-bytes": "1mb"}
        return self.start(os.path.abspath(program), "-c", os.path.join(ROOT, "conf/collector.yaml"),
                          *[x for k, v in sets.items() for x in ("--set", f"{k}={v}")])

    def ship(self, *more, name="probe-1", endpoint=None, spool=None):
        return self.start("ship_run", spool or self.spool, endpoint or self.endpoint,
                          self.key(name), self.path("keys/collector.pub"), *more)

    def feed(self, events, rate=0, quota=0, preexec=None):
        return self.start("spool_feed", self.spool, events, rate, quota, preexec=preexec)

    def last(self, program):
        """The last line of JSON a program wrote."""
        with open(self.path(program + ".out"), encoding="utf-8") as f:
            lines = [x for x in f.read().split("\n") if x.startswith("{") and x.endswith("}")]
        return json.loads(lines[-1]) if lines else {}

    def text(self, name):
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def check(self, numbers):
        r = self.call("hold_take", "check", self.data, json.dumps(numbers).replace(" ", ""),
                      check=False)
        return json.loads(r.stdout or "{}")

    def end(self):
        for p in self.started:
            if p.poll() is None:
                p.send_signal(signal.SIGKILL)
                p.wait()

    def done(self, good):
        """Clean up; keep the folder when something went wrong."""
        self.end()
        if good:
            subprocess.run(["rm", "-rf", self.dir], check=False)
        else:
            print(f"# kept: {self.dir}", flush=True)
            for name in ("spool_feed.err", "ship_run.err", "hold_take.err",
                         "wanglou-collector.err"):
                for line in self.text(name).split("\n")[-15:]:
                    print(f"# {name}: {line}", file=sys.stderr)


def stop(p, seconds=60):
    """SIGTERM and wait; the exit status."""
    if p.poll() is None:
        p.send_signal(signal.SIGTERM)
    return p.wait(timeout=seconds)


def wait_for(test, seconds=30):
    """Poll until test() is true; False when it never was."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if test():
            return True
        time.sleep(0.05)
    return False
