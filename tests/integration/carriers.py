#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Files are what was sent: random files over HTTP, FTP, TFTP and NFS between real servers and clients, the
probe watching live and replaying what tcpdump recorded. Needs root and the servers
(packaging/deps.sh carriers); a carrier whose server is not there is skipped.
"""
import filecmp, os, random, shutil, signal, subprocess, sys

sys.dont_write_bytecode = True
from harness import *

SIZES = [0, 1, 1000, 70000, 900000]
LAST = b"that was all of it"
SERVER, CLIENT = "10.77.0.1", "10.77.0.2"
SERVER6, CLIENT6 = "fd77::1", "fd77::2"
DIGESTS = {"md5": ["md5sum"], "sha1": ["sha1sum"], "sha256": ["sha256sum"], "sm3": ["openssl", "dgst", "-sm3", "-r"]}
KEPT = ("-S", "/dev/null", "-k", "none", "--set", "files.digests=md5,sha1,sha256,sm3")
NGINX = """user root; worker_processes 1; pid {d}/pid; error_log {d}/error.log;
events {{ worker_connections 64; }}
http {{
  default_type application/octet-stream; access_log off; root {d}/out; client_max_body_size 10m;
  client_body_temp_path {d}/tmp; proxy_temp_path {d}/tmp; fastcgi_temp_path {d}/tmp;
  uwsgi_temp_path {d}/tmp; scgi_temp_path {d}/tmp;
  server {{ listen 80; listen [::]:80; location /in/ {{ alias {d}/in/; dav_methods PUT; }} }}
}}
"""
VSFTPD = """listen=NO
listen_ipv6=YES
background=NO
seccomp_sandbox=NO
isolate=NO
local_enable=NO
anonymous_enable=YES
no_anon_password=YES
anon_root={d}
anon_upload_enable=YES
anon_umask=022
write_enable=YES
xferlog_enable=NO
secure_chroot_dir={d}/empty
connect_from_port_20=YES
"""
GANESHA = """NFS_CORE_PARAM {{ Protocols = 3, 4; mount_path_pseudo = true; Enable_NLM = false; Enable_RQUOTA = false; }}
NFSV4 {{ Graceless = true; Delegations = false; RecoveryBackend = fs; }}
EXPORT {{ Export_Id = 1; Path = {d}; Pseudo = /nfs; Access_Type = RW; Squash = No_Root_Squash; SecType = sys;
  Protocols = 3, 4; FSAL {{ Name = VFS; }} }}
"""
# its own /run and state, so that neither meets those of the machine
NFSD = """mount -t tmpfs none /run && mkdir -p /run/rpcbind /run/ganesha && mount -t tmpfs none /var/lib/nfs &&
mkdir -p /var/lib/nfs/ganesha && rpcbind -w && exec ganesha.nfsd -F -N EVENT -L {d}/log -f {conf} -p {d}/pid"""
NFS_PUT = TOP + "/pcaps/recipes/nfs_put.py"


class Two(Net):
    """A server's and a client's namespace, joined by a pair of interfaces named eth0."""

    def __enter__(self):
        for side in (self.name, self.name + "far"):
            subprocess.run(["ip", "netns", "add", side], check=True)
        self.sh("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", self.name + "far")
        for side, own in ((self.name, (SERVER, SERVER6)), (self.name + "far", (CLIENT, CLIENT6))):
            for command in (f"addr add {own[0]}/24 dev eth0", f"addr add {own[1]}/64 dev eth0 nodad",
                            "link set dev eth0 gso_max_segs 1", "link set lo up", "link set eth0 up"):
                subprocess.run(["ip", "-n", side, *command.split()], check=True, timeout=PATIENCE)
        return self

    def __exit__(self, *_):
        for side in (self.name, self.name + "far"):
            pids = subprocess.run(["ip", "netns", "pids", side], capture_output=True, text=True).stdout.split()
            for pid in map(int, pids):  # only what was started in here
                os.kill(pid, signal.SIGKILL)
            subprocess.run(["ip", "netns", "del", side])

    def serve(self, *command):
        return subprocess.Popen(["ip", "netns", "exec", self.name, *command], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def client(self, *command):
        r = subprocess.run(["ip", "netns", "exec", self.name + "far", *command], capture_output=True, text=True,
                           timeout=PATIENCE)
        if r.returncode:
            print(f"# {' '.join(command)}: {r.returncode} {r.stderr.strip()}")
        return r.returncode == 0

    def answers(self, port):
        hello = f"import socket; socket.create_connection(({SERVER!r}, {port}), 1)"
        return until(lambda: subprocess.run(["ip", "netns", "exec", self.name + "far", sys.executable, "-c", hello],
                                            capture_output=True).returncode == 0)


class Files:
    """What is sent: a random file for each carrier, direction and size; what arrives."""

    def __init__(self, room, carriers):
        self.room, self.sent = room, {}
        for carrier in carriers:
            base = os.path.join(room.path, carrier)
            for part in ("out", "in", "tmp", "empty"):
                os.makedirs(os.path.join(base, part))
            for part in ("in", "tmp"):
                os.chmod(os.path.join(base, part), 0o777)
            for size in SIZES:
                for way in ("get", "put"):
                    name = f"{carrier}-{way}-{size}.bin"
                    self.sent[name] = room.file(f"{carrier}/{'out' if way == 'get' else 'tmp'}/{name}",
                                                random.randbytes(size))

    def of(self, carrier, way):
        return [(n, p) for n, p in self.sent.items() if n.startswith(f"{carrier}-{way}-")]

    def arrived(self, name):
        carrier, way = name.split("-")[:2]
        return os.path.join(self.room.path, carrier, "in" if way == "put" else "tmp", name + (".got" if way == "get" else ""))


def http(net, files):
    d = files.room.path + "/http"
    net.serve("nginx", "-c", files.room.file("nginx.conf", NGINX.format(d=d)), "-g", "daemon off;", "-e", d + "/error.log")
    net.answers(80)
    host = (SERVER, f"[{SERVER6}]")
    for i, (name, _) in enumerate(files.of("http", "get")):
        net.client("curl", "-sS", "-o", files.arrived(name), f"http://{host[i % 2]}/{name}")
    for i, (name, path) in enumerate(files.of("http", "put")):
        net.client("curl", "-sS", "-T", path, f"http://{host[i % 2]}/in/{name}")


def ftp(net, files):
    d = files.room.path + "/ftp"
    net.serve("vsftpd", files.room.file("vsftpd.conf", VSFTPD.format(d=d)))
    net.answers(21)
    ways = ([], ["--disable-epsv"], ["-P", "-"], ["-P", "-", "--disable-eprt"], [])
    for way, (name, _) in zip(ways, files.of("ftp", "get")):
        net.client("curl", "-sS", *way, "-o", files.arrived(name), f"ftp://{SERVER}/out/{name}")
    for way, (name, path) in zip(reversed(ways), files.of("ftp", "put")):
        host = SERVER if way else f"[{SERVER6}]"
        net.client("curl", "-sS", *way, "-T", path, f"ftp://{host}/in/{name}")


def tftp(net, files):
    net.serve("in.tftpd", "-L", "-c", "-s", "-p", "-u", "root", "-a", SERVER + ":69", files.room.path + "/tftp")
    until(lambda: ":45 " in net.sh("cat", "/proc/net/udp").replace(":0045 ", ":45 "))
    options = (["--tftp-no-options"], [], ["--tftp-blksize", "1000"], ["--tftp-blksize", "1428"], ["--tftp-blksize", "1428"])
    for more, (name, _) in zip(options, files.of("tftp", "get")):
        net.client("curl", "-sS", *more, "-o", files.arrived(name), f"tftp://{SERVER}/out/{name}")
    for more, (name, path) in zip(options, files.of("tftp", "put")):
        net.client("curl", "-sS", *more, "-T", path, f"tftp://{SERVER}/in/{name}")


def nfs(net, files):
    d = files.room.path + "/nfs"
    conf = files.room.file("ganesha.conf", GANESHA.format(d=d))
    net.serve("unshare", "-m", "sh", "-c", NFSD.format(d=d, conf=conf))
    net.answers(2049)
    for i, (name, _) in enumerate(files.of("nfs", "get")):
        net.client("nfs-cp", f"nfs://{SERVER}/nfs/out/{name}?version={4 - i % 2}", files.arrived(name))
    for i, (name, path) in enumerate(files.of("nfs", "put")):
        net.client(sys.executable, NFS_PUT, path, f"nfs://{SERVER}/nfs/in/{name}?version={3 + i % 2}", "2048" if i % 2 else "65536")


CARRIERS = {"http": ("nginx", "curl", http), "ftp": ("vsftpd", "curl", ftp), "tftp": ("in.tftpd", "curl", tftp),
            "nfs": ("ganesha.nfsd", "nfs-cp", nfs)}


def digest(command, path):
    return subprocess.run([*command, path], capture_output=True, text=True, check=True).stdout.split()[0]


def as_sent(label, evs, store, files, crossed):
    """Each file's record, its digests and the copy that was kept, beside what was sent."""
    seen = {}
    for e in evs:
        if e["event_type"] == "fileinfo":
            seen.setdefault(os.path.basename(e["fileinfo"]["filename"]), []).append(e["fileinfo"])
    for carrier in crossed:
        wrong, n = [], 0
        for name, path in files.of(carrier, "get") + files.of(carrier, "put"):
            records, size = seen.get(name, []), os.path.getsize(path)
            if size == 0 and not records and carrier != "tftp":
                continue  # nothing was carried, nothing is told
            n += 1
            if len(records) != 1:
                wrong.append(f"{name}: {len(records)} records")
                continue
            info = records[0]
            want = {"size": size, "state": "CLOSED", "gaps": False, "stored": True}
            want.update((key, digest(command, path)) for key, command in DIGESTS.items())
            wrong += [f"{name}: {key} is {info.get(key)}, not {value}" for key, value in want.items() if info.get(key) != value]
            kept = os.path.join(store, want["sha256"][:2], want["sha256"])
            if not os.path.exists(kept) or not filecmp.cmp(kept, path, shallow=False):
                wrong.append(f"{name}: what was kept is not what was sent")
        check(f"{label}: {n} files over {carrier} are what was sent, in bytes and digests", not wrong and n >= 8,
              "\n".join(wrong))


def main():
    if not is_root():
        skip("files live", "needs root")
        return
    there = {}
    for carrier, (server, client, talk) in CARRIERS.items():
        if all(map(shutil.which, (server, client, "openssl"))):
            there[carrier] = talk
        else:
            skip(f"files over {carrier}", f"no {server}, {client} or openssl: bash packaging/deps.sh carriers")
    if not there:
        return
    seed = int.from_bytes(os.urandom(4), "big")
    random.seed(seed)
    print(f"# seed {seed}")
    with Room() as room, Two() as net:
        files = Files(room, there)
        probes = []
        for label, probe in builds():
            store = room.folder()
            probes.append((label, store, Live(probe, room, "-i", "eth0", *KEPT, "--set", "capture.buffer=64mb", "--set",
                                              f"files.store-dir={store}", net=net)))
        capture = room.path + "/all.pcap"
        tap = None
        if shutil.which("tcpdump"):
            tap = subprocess.Popen(["ip", "netns", "exec", net.name, "tcpdump", "-Z", "root", "-i", "eth0", "-B", "65536", "-s", "0",
                                    "-U", "-w", capture], stderr=subprocess.PIPE, text=True)
            while "listening on" not in tap.stderr.readline():
                pass
        for talk in there.values():
            talk(net, files)
        for carrier in there:
            lost = [n for way in ("get", "put") for n, p in files.of(carrier, way)
                    if not (os.path.exists(files.arrived(n)) and filecmp.cmp(files.arrived(n), p, shallow=False))]
            same(f"{carrier}: what its client and server say they carried", lost, [])
        for label, store, p in probes:
            same(f"{label}: ends with status 0", p.stop(), 0)
            evs = p.events()
            same(f"{label}: no frame is dropped", last_stats(evs)["capture"]["kernel_drops"], 0)
            as_sent(f"{label}, live", evs, store, files, there)
        if not tap:
            skip("files in replay", "no tcpdump")
            return
        net.client(sys.executable, "-c", f"import socket; socket.socket(2, 2).sendto({LAST!r}, ({SERVER!r}, 9))")
        until(lambda: LAST in open(capture, "rb").read())
        tap.send_signal(signal.SIGINT)
        said = tap.communicate(timeout=PATIENCE)[1]
        check("tcpdump drops nothing", "\n0 packets dropped by kernel" in "\n" + said, said)
        told = []
        for workers in (1, 3):
            store = room.folder()
            status, said, evs = replay(PROBE, room, capture, *KEPT, "--set", f"files.store-dir={store}", "--set",
                                       f"probe.workers={workers}")
            same(f"replay with {workers} workers: status", status, 0)
            as_sent(f"replay with {workers} workers", evs, store, files, there)
            told.append(open(f"{room.path}/log{room.made}/eve.json", "rb").read())
        check("the same bytes with one and three workers", told[0] == told[1])


main()
done()
