# SPDX-License-Identifier: Apache-2.0
"""What the tests of the running probe share: TAP lines, network namespaces, a probe under watch."""
import atexit, glob, json, os, re, shutil, signal, struct, subprocess, sys, tempfile, time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
PROBE = os.environ.get("PROBE", TOP + "/build/asan/wanglou-probe")
RELEASE = os.environ.get("PROBE_RELEASE", TOP + "/build/release/wanglou-probe")
WANGLOU = os.environ.get("WANGLOU", TOP + "/build/asan/wanglou")
CORPUS = os.environ.get("WANGLOU_CORPUS", TOP + "/../shared")
CONF = TOP + "/tests/e2e/probe.yaml"
PATIENCE = 60  # seconds for anything that must happen; only a broken probe needs them

count = failed = 0
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that namespaces and mounts go when time is up


def check(name, good, detail=""):
    """One TAP line; what speaks against it below."""
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
    if not good and detail != "":
        print("\n".join("  " + line for line in str(detail).splitlines()[:40]), flush=True)
    return good


def same(name, got, want):
    return check(name, got == want, f"got {got}\nwant {want}")


def skip(name, why):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {why}", flush=True)


def done():
    print(f"1..{count}")
    sys.exit(1 if failed else 0)


def builds():
    """(label, program): the build under test, and the release build, whose sandbox is not relaxed."""
    yield os.path.basename(os.path.dirname(PROBE)), PROBE
    if os.path.exists(RELEASE) and os.path.realpath(RELEASE) != os.path.realpath(PROBE):
        yield "release", RELEASE


def is_root():
    return os.geteuid() == 0


class Room:
    """A folder that user nobody may read and write, with rules; gone at the end."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="wanglou-")
        os.chmod(self.path, 0o755)
        self.made = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def file(self, name, content):
        path = os.path.join(self.path, name)
        with open(path, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, 0o644)
        return path

    def folder(self):
        """A new folder for events, owned by nobody."""
        self.made += 1
        path = os.path.join(self.path, f"log{self.made}")
        os.mkdir(path)
        if is_root():
            os.chown(path, 65534, 65534)
        return path

    def rules(self):
        text = "".join(open(f, encoding="utf-8").read() for f in sorted(glob.glob(TOP + "/signatures/*.rules")))
        return self.file("all.rules", text)


def events(*paths):
    """All events of files; a line that does not parse is an error of the caller's test."""
    out = []
    for path in paths:
        with open(path, "rb") as f:
            data = f.read()
        if data and not data.endswith(b"\n"):
            raise ValueError(f"{path}: the last line is cut")
        out += [json.loads(line) for line in data.splitlines()]
    return out


def last_stats(evs):
    return [e["stats"] for e in evs if e["event_type"] == "stats"][-1]


def sids(evs):
    return sorted({e["alert"]["signature_id"] for e in evs if e["event_type"] == "alert"})


def flows(evs):
    return [e for e in evs if e["event_type"] == "flow"]


def ends(e):
    return (e.get("proto"), *sorted([(e["src_ip"], e.get("src_port", 0)), (e["dest_ip"], e.get("dest_port", 0))]))


def run(probe, *args, data=None, limit=PATIENCE * 2, prefix=()):
    """Run to the end: (exit status, standard error)."""
    p = subprocess.run([*prefix, probe, *args], input=data, capture_output=True, timeout=limit)
    return p.returncode, p.stderr.decode(errors="replace")


def replay(probe, room, pcap, *args, data=None):
    """Replay with the tests' settings: (exit status, standard error, events)."""
    log = room.folder()
    status, said = run(probe, "-c", CONF, "-r", pcap, "-l", log, *args, data=data)
    file = log + "/eve.json"
    return status, said, events(file) if os.path.exists(file) else []


def until(good):
    """Wait for a condition; its last value."""
    end = time.monotonic() + PATIENCE
    while not (value := good()) and time.monotonic() < end:
        time.sleep(0.02)
    return value


class Live:
    """A probe that runs until told to stop. Its standard error goes to a file."""

    def __init__(self, probe, room, *args, net=None, log=None):
        self.log = log or room.folder()
        self.file = self.log + "/eve.json"
        self.said_at = open(self.log + ".said", "w+b")
        prefix = ["ip", "netns", "exec", net.name] if net else []
        self.process = subprocess.Popen([*prefix, probe, "-c", CONF, "-l", self.log, *args], stdin=subprocess.DEVNULL,
                                        stderr=self.said_at, stdout=subprocess.DEVNULL)
        atexit.register(self.process.kill)  # does nothing when it has ended
        self.pid = self.process.pid  # ip(8) becomes the probe
        until(lambda: self.process.poll() is not None or ": watching, " in self.said())

    def status(self, key):
        try:
            with open(f"/proc/{self.pid}/status") as f:
                fields = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
                return fields[key] if "wanglou" in fields["Name"] else None
        except (OSError, KeyError):
            return None

    def said(self):
        with open(self.said_at.name, errors="replace") as f:
            return f.read()

    def says(self, pattern, times=1):
        return until(lambda: len(re.findall(pattern, self.said())) >= times)

    def hit(self, sig):
        if self.process.poll() is not None:
            raise RuntimeError(f"the probe has ended with {self.process.returncode}: {self.said()}")
        os.kill(self.pid, sig)

    def stop(self, sig=signal.SIGTERM):
        """Exit status."""
        if self.process.poll() is None:
            self.hit(sig)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "had to be killed"

    def events(self):
        return events(self.file)


class Net:
    """A network namespace with pairs send0-cap0, send1-cap1, ...; IPv6 is off, so nothing is sent unasked."""

    def __init__(self, pairs=2):
        self.name = f"wanglou{os.getpid()}"
        self.pairs = pairs

    def __enter__(self):
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.sh("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        for i in range(self.pairs):
            self.make(i)
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "del", self.name])

    def sh(self, *command):
        return subprocess.run(["ip", "netns", "exec", self.name, *command], check=True, capture_output=True, text=True,
                              timeout=PATIENCE).stdout

    def make(self, i):
        self.sh("ip", "link", "add", f"send{i}", "type", "veth", "peer", "name", f"cap{i}")
        self.sh("ip", "link", "set", f"send{i}", "up")
        self.sh("ip", "link", "set", f"cap{i}", "up")

    def tcpreplay(self, pcap, *args, i=0):
        return subprocess.Popen(["ip", "netns", "exec", self.name, "tcpreplay", "-q", "-i", f"send{i}", *args, pcap],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def send(self, pcap, *args, i=0):
        """Send a capture: number of frames that went out."""
        text, _ = self.tcpreplay(pcap, *args, i=i).communicate(timeout=PATIENCE * 2)
        return sent(text)

    def left(self, interface):
        """Frames this interface has sent."""
        return int(self.sh("cat", f"/sys/class/net/{interface}/statistics/tx_packets"))


class Far(Net):
    """The sender in a namespace of its own, as another machine would be."""

    def make(self, i):
        if i == 0:
            subprocess.run(["ip", "netns", "add", self.name + "far"], check=True)
            self.far("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        self.sh("ip", "link", "add", f"cap{i}", "type", "veth", "peer", "name", f"send{i}", "netns", self.name + "far")
        self.far("ip", "link", "set", f"send{i}", "up")
        self.sh("ip", "link", "set", f"cap{i}", "up")

    def far(self, *command):
        subprocess.run(["ip", "netns", "exec", self.name + "far", *command], check=True, timeout=PATIENCE)

    def tcpreplay(self, pcap, *args, i=0):
        return subprocess.Popen(["ip", "netns", "exec", self.name + "far", "tcpreplay", "-q", "-i", f"send{i}", *args, pcap],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __exit__(self, *_):
        super().__exit__()
        subprocess.run(["ip", "netns", "del", self.name + "far"])


def sent(text):
    return int(re.search(r"Successful packets:\s+(\d+)", text)[1])


# ---- captures made by hand: classic pcap, little endian, microseconds ----

def pcap_head(linktype=1):
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, linktype)


def pcap_record(seconds, frame):
    whole = int(seconds)
    return struct.pack("<IIII", whole, round((seconds - whole) * 1e6), len(frame), len(frame)) + frame


def pcap_frames(path):
    """(time, frame) of a classic little-endian capture in microseconds."""
    with open(path, "rb") as f:
        data = f.read()
    at, out = 24, []
    while at + 16 <= len(data):
        s, us, n, _ = struct.unpack_from("<IIII", data, at)
        out.append((s + us / 1e6, data[at + 16:at + 16 + n]))
        at += 16 + n
    return out
