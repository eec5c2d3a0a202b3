#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Hundreds of secrets of each kind in a capture: none of them in events, spool, collector, its memory or any log.

usage: masking.py [--count N]

Passwords, tokens, cookies, identity numbers, mobile numbers and payment cards stand where clients and servers put them:
HTTP (address, form, headers, JSON), FTP, POP3, IMAP, SMTP, Redis, SIP, DNS. All are invented. The same capture without
masking must show the numbers: else the test looked at the wrong place.
"""
import argparse, base64, ctypes, ctypes.util, glob, random, shutil, socket, sqlite3, sys, time

sys.dont_write_bytecode = True
from harness import *

sys.path.insert(0, TOP + "/tests/e2e")
from packets import Capture, Tcp, udp

COLLECTOR = os.environ.get("COLLECTOR", TOP + "/build/asan/wanglou-collector")
LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
rnd = random.Random(20261122)


def word(n):
    return "".join(rnd.choice(LETTERS) for _ in range(n))


def identity():
    body = rnd.choice(["110105", "440524", "310115", "510107"])
    body += f"{rnd.randint(1950, 2009)}{rnd.randint(1, 12):02}{rnd.randint(1, 28):02}{rnd.randint(1, 999):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(weights, body)) % 11]


def mobile():
    return f"1{rnd.choice('35789')}{rnd.randint(0, 9)}{rnd.randint(0, 99999999):08}"


def card():
    body = rnd.choice(["622202", "621700", "411111", "510510"]) + f"{rnd.randint(0, 10**9 - 1):09}"
    total = sum(sum(divmod(int(d) * 2, 10)) if i % 2 == 0 else int(d) for i, d in enumerate(reversed(body)))
    return body + str(-total % 10)


KINDS = {"password": lambda: "Pw" + word(12), "token": lambda: "tK" + word(30), "cookie": lambda: "cQ" + word(20),
         "identity": identity, "mobile": mobile, "card": card}


def http(line, headers="", body=b""):
    return (f"{line} HTTP/1.1\r\nHost: oa.city.example\r\n{headers}Content-Length: {len(body)}\r\n\r\n").encode() + body


def b64(text):
    return base64.b64encode(text.encode()).decode()


def talks(s):
    """One secret of each kind in its places: (server's port, [(who, bytes)])."""
    p, t, c, i, m, k = (s[name] for name in KINDS)
    web = [http(f"GET /login?user=anna&password={p}&next=/x"), http("POST /form", "", f"pwd={p}&id={i}".encode()),
           http("GET /a", f"Authorization: Basic {b64('anna:' + p)}\r\nReferer: http://anna:{p}@oa.city.example/\r\n"),
           http(f"GET /b?access_token={t}", f"Authorization: Bearer {t}\r\nX-Api-Key: {t}\r\nCookie: SESSIONID={c}\r\n"),
           http(f"GET /person/{i}/card/{k}?mobile={m}", f"User-Agent: app/1.0 ({m}; {i})\r\n"),
           http("POST /pay", "Content-Type: application/json\r\n", f'{{"card": "{k}", "token": "{t}"}}'.encode())]
    answer = (f"HTTP/1.1 200 OK\r\nSet-Cookie: SESSIONID={c}; path=/\r\nLocation: /next?token={t}\r\n"
              f"Content-Disposition: attachment; filename=\"{i}.txt\"\r\nContent-Length: 2\r\n\r\nok").encode()
    yield 80, [turn for request in web for turn in ((0, request), (1, answer))]
    yield 21, [(1, b"220 FTP ready\r\n"), (0, f"USER {m}\r\n".encode()), (1, b"331 password\r\n"),
               (0, f"PASS {p}\r\n".encode()), (1, b"230 in\r\n"), (0, f"STOR {i}-{k}.pdf\r\n".encode()),
               (1, b"550 no\r\n")]
    yield 110, [(1, b"+OK ready\r\n"), (0, f"USER {m}\r\n".encode()), (1, b"+OK\r\n"), (0, f"PASS {p}\r\n".encode()),
                (1, b"-ERR no\r\n")]
    yield 143, [(1, b"* OK IMAP4rev1 ready\r\n"), (0, f"a1 LOGIN {m} \"{p}\"\r\n".encode()), (1, b"a1 NO refused\r\n")]
    mail = (f"From: {m}@city.example\r\nTo: b@city.example\r\nSubject: card {k[:4]} {k[4:8]} {k[8:12]} {k[12:]} of {i}\r\n"
            f"Message-ID: <{m}@x>\r\n\r\nhttp://pay.example/?token={t}&m={m} {k}\r\n.\r\n").encode()
    yield 25, [(1, b"220 mail ESMTP\r\n"), (0, b"EHLO a\r\n"), (1, b"250-mail\r\n250 AUTH PLAIN LOGIN\r\n"),
               (0, f"AUTH PLAIN {b64(chr(0) + 'anna' + chr(0) + p)}\r\n".encode()), (1, b"235 in\r\n"),
               (0, f"MAIL FROM:<{m}@city.example>\r\n".encode()), (1, b"250 ok\r\n"),
               (0, b"RCPT TO:<b@city.example>\r\n"), (1, b"250 ok\r\n"), (0, b"DATA\r\n"), (1, b"354 go\r\n"),
               (0, mail), (1, b"250 ok\r\n"), (0, b"QUIT\r\n"), (1, b"221 bye\r\n")]
    yield 6379, [(0, f"*2\r\n$4\r\nAUTH\r\n${len(p)}\r\n{p}\r\n".encode()), (1, b"+OK\r\n"),
                 (0, f"*3\r\n$3\r\nSET\r\n${len(m)}\r\n{m}\r\n${len(i)}\r\n{i}\r\n".encode()), (1, b"+OK\r\n")]


def write(path, secrets):
    with Capture(path, step=0.0002) as c:
        for n in range(len(secrets["password"])):
            s = {kind: secrets[kind][n] for kind in KINDS}
            for at, (port, turns) in enumerate(talks(s)):
                t = Tcp(c, f"10.0.{n // 250}.{n % 250 + 1}", 20000 + at, "10.1.0.1", port)
                t.open()
                for who, data in turns:
                    (t.server if who else t.client)(data)
                t.close()
            invite = (f"INVITE sip:{s['mobile']}@city.example SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK{n}\r\n"
                      f"From: <sip:{s['mobile']}@city.example>;tag=1\r\nTo: <sip:{s['mobile']}@city.example>\r\n"
                      f"Call-ID: {n}\r\nCSeq: 1 INVITE\r\nAuthorization: Digest username=\"{s['mobile']}\", "
                      f"response=\"{s['token']}\"\r\nContent-Length: 0\r\n\r\n").encode()
            c.add(udp(f"10.0.{n // 250}.{n % 250 + 1}", 5060, "10.1.0.2", 5060, invite))
            name = s["mobile"].encode()
            c.add(udp(f"10.0.{n // 250}.{n % 250 + 1}", 3333, "10.1.0.3", 53, n.to_bytes(2, "big") +
                      b"\1\0\0\1\0\0\0\0\0\0" + bytes([len(name)]) + name + b"\4city\7example\0\0\1\0\1"))


# Where a secret of each kind may begin, and how it looks: candidates to compare with all that were made.
LOOKS = {"password": (rb"Pw[a-zA-Z0-9]{12}", rb"YW5uYTpQd[a-zA-Z0-9+/=]+", rb"AGFubmEAUHc[a-zA-Z0-9+/=]+"),
         "token": (rb"tK[a-zA-Z0-9]{30}",), "cookie": (rb"cQ[a-zA-Z0-9]{20}",), "identity": (rb"(?=(\d{17}[0-9X]))",),
         "mobile": (rb"(?=(1\d{10}))",), "card": (rb"(?=(\d{15,16}))", rb"\d{4} \d{4} \d{4} \d{4}")}


def forms(kind, secret):
    """A secret as it may stand in a file."""
    yield secret.encode()
    if kind == "card":
        yield " ".join(secret[i:i + 4] for i in range(0, len(secret), 4)).encode()
    if kind == "password":
        yield b64("anna:" + secret).encode()
        yield b64(chr(0) + "anna" + chr(0) + secret).encode()


def found(data, secrets):
    """{kind: how many of its secrets are in the bytes}"""
    counts = {}
    for kind, all_of in secrets.items():
        known = {f: s for s in all_of for f in forms(kind, s)}
        seen = {known[m] for look in LOOKS[kind] for m in re.findall(look, data) if m in known}
        if seen:
            counts[kind] = len(seen)
    return counts


def files_of(*folders):
    data = b""
    for folder in folders:
        for path in glob.glob(folder + "/**", recursive=True):
            if os.path.isfile(path):
                data += open(path, "rb").read() + b"\n"
    return data


def unpacked(data):
    """The content of a zstd frame; other bytes as they are."""
    if data[:4] != b"\x28\xb5\x2f\xfd":
        return data
    zstd = ctypes.CDLL(ctypes.util.find_library("zstd"))
    zstd.ZSTD_decompress.restype = zstd.ZSTD_getFrameContentSize.restype = ctypes.c_size_t
    room = ctypes.create_string_buffer(16 << 20)
    n = zstd.ZSTD_decompress(room, ctypes.c_size_t(len(room)), data, ctypes.c_size_t(len(data)))
    return room.raw[:n] if n <= len(room) else data


def rows_of(folder):
    """Everything every database of the collector can say."""
    data = b""
    for path in glob.glob(folder + "/**/*.db", recursive=True):
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in db.execute(f'SELECT * FROM "{table}"'):
                data += b"\n".join(unpacked(v) if isinstance(v, bytes) else str(v).encode() for v in row) + b"\n"
        db.close()
    return data


def stored(folder):
    """Events in the databases."""
    n = 0
    for path in glob.glob(folder + "/**/*.db", recursive=True):
        try:
            db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            n += sum(db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for (t,) in db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('event', 'alert')"))
            db.close()
        except sqlite3.OperationalError:
            pass  # being made
    return n


def memory_of(pid):
    data = b""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as mem:
        for line in maps:
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            begin, end = (int(m[1], 16), int(m[2], 16)) if m else (0, 0)
            if 0 < end - begin < 1 << 27:
                try:
                    mem.seek(begin)
                    data += mem.read(end - begin)
                except (OSError, ValueError, OverflowError):
                    pass
    return data


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def collected(room, pcap):
    """The capture through probe and collector: (events the collector has, its folder, its memory, all logs)."""
    d = room.folder()
    run = lambda *a: subprocess.run([WANGLOU, *a], check=True, stdout=subprocess.DEVNULL)
    for name in "collector", "p1":
        run("keys", "new", name, "--dir", d)
    os.mkdir(d + "/authorized")
    shutil.copy(d + "/p1.pub", d + "/authorized")
    os.mkdir(d + "/data", 0o700)
    if is_root():
        os.chown(d + "/data", 65534, 65534)
    wire, web = port(), port()
    log = open(d + "/collector.log", "wb")
    c = subprocess.Popen([COLLECTOR, "--set", f"data.dir={d}/data", "--set", f"listen.endpoint=tcp://127.0.0.1:{wire}",
                          "--set", f"listen.key-file={d}/collector.key", "--set", f"listen.authorized={d}/authorized",
                          "--set", f"http.listen=127.0.0.1:{web}", "-v"], stderr=log)
    try:
        p = subprocess.run([PROBE, "-c", CONF, "-S", room.rules(), "-k", "none", "-v", "-r", pcap, "-l", d, "--set",
                            f"spool.dir={d}/spool", "--set", f"ship.endpoint=tcp://127.0.0.1:{wire}", "--set",
                            f"ship.key-file={d}/p1.key", "--set", f"ship.collector-key-file={d}/collector.pub"],
                           stderr=open(d + "/probe.log", "wb"))
        want = sum(1 for _ in open(d + "/eve.json", "rb"))
        until(lambda: stored(d + "/data") >= want)
        return p.returncode, want, d, memory_of(c.pid)
    finally:
        c.terminate()
        c.wait()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--count", type=int, default=200, help="of each kind; 1000 takes a minute or two")
    a = ap.parse_args()
    secrets = {kind: [make() for _ in range(a.count)] for kind, make in KINDS.items()}
    with Room() as room:
        pcap = room.path + "/secrets.pcap"
        write(pcap, secrets)
        os.chmod(pcap, 0o644)
        bare = room.folder()
        subprocess.run([PROBE, "-c", CONF, "-S", "/dev/null", "-k", "none", "-r", pcap, "-l", bare, "--set",
                        "mask.names=no", "--set", "mask.numbers=no"], check=True, stderr=subprocess.DEVNULL)
        shown = found(files_of(bare), secrets)
        check("without masking the numbers are in the events",
              all(shown.get(k, 0) == a.count for k in ("identity", "mobile", "card")), shown)
        status, n, d, memory = collected(room, pcap)
        check("the capture went through probe and collector", status == 0 and n > 10 * a.count, (status, n))
        kinds = {e["event_type"] for e in events(d + "/eve.json")}
        check("every protocol has its records", kinds >= {"http", "ftp", "pop3", "imap", "smtp", "redis", "sip", "dns"},
              kinds)
        same("no secret in the events", found(open(d + "/eve.json", "rb").read(), secrets), {})
        same("none in spool, hold logs, databases and logs of all processes", found(files_of(d), secrets), {})
        rows = rows_of(d + "/data")
        check("the databases can be read", rows.count(b'"event_type"') > n * 0.9, (rows.count(b'"event_type"'), n))
        same("none in any row of the databases", found(rows, secrets), {})
        same("none in the collector's memory", found(memory, secrets), {})
        masked = last_stats(list(events(d + "/eve.json")))["output"]["masked"]
        check("what was replaced is counted", masked >= 3 * a.count, masked)
    done()


main()
