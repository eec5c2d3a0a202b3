#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compare our events with the sessions that Arkime's own tests expect of its captures.

usage: arkime.py [--probe PROGRAM] [--share 0.995] [--tests DIR] [-v] [NAME...]

A session says each value once, however often it was there, and is one of several parts of a long connection; so for
each capture and field the two sets of values are compared: values in both / values in the larger set. FIELDS has our
dotted paths (tshark.py: flatten) beside Arkime's; PROTOCOLS the words for a connection. NAME is part of a capture's
name. Prints a line a field (with -v the differences), then the share, then `N passed, N failed`.
"""
import argparse, collections, concurrent.futures, json, os, re, subprocess, sys, tempfile
from tshark import TOP, flatten

# Arkime's word: types of our events, words in the flow event's app_proto and (lower case) of ndpi.proto
PROTOCOLS = {
    "http": ("http",), "dns": ("dns",), "tls": ("tls",), "ssh": ("ssh",), "smtp": ("smtp",), "smb": ("smb",),
    "krb5": ("krb5",), "ldap": ("ldap",), "radius": ("radius",), "sip": ("sip",), "mysql": ("mysql",),
    "postgresql": ("pgsql",), "dhcp": ("dhcp",), "dhcpv6": ("dhcpv6",), "mqtt": ("mqtt",), "snmp": ("snmp",),
    "ntp": ("ntp",), "tds": ("tds",), "oracle": ("tns",), "modbus": ("modbus",), "dnp3": ("dnp3",), "enip": ("enip",),
    "s7comm": ("s7comm",), "bacnet": ("bacnet",), "opcua": ("opcua",), "isakmp": ("ike",), "dtls": ("tls", "dtls"),
    "mongo": ("mongodb",), "tftp": ("tftp",), "rdp": ("rdp",), "ftp": ("ftp",), "imap": ("imap",), "pop3": ("pop3",),
    "telnet": ("telnet",), "mdns": ("mdns",),
}
LEFT_OUT = {  # the beginning of a capture's name: why it is not compared
    "socks": "inside SOCKS, which we do not open",
    "sctp-www": "HTTP inside SCTP",
    "adb_synthetic": "TLS inside the Android debug bridge",
    "ike-cert_synthetic": "certificates inside IKE",
    "openvpn_synthetic": "TLS inside OpenVPN",
    "snmpv3_synthetic": "messages whose lengths are wrong by intent",
    "single-packets": "single packets out of many connections; we say nothing of a body whose head is missing",
    "long-session": "a part of a connection without its beginning",
}
APART = {  # (a capture's name, field): why this field is not compared there
    ("mongo", "protocol"): "messages in the middle of a connection",
    ("nbns", "protocol"): "SMB inside datagrams of NetBIOS",
    ("http-post-upload", "http body md5"): "Arkime's digest is of the whole form, ours of the files in it",
    ("smbtorture-ntlmssp-moloch-crash", "smb domain"): "damaged",
    ("smtp-moloch-bof", "mail attachment"): "a name beyond the length we keep",
    ("smtp-subject-multi-nospace", "mail subject"): "white space between encoded words is none (RFC 2047, 6.2)",
    ("imap", "mail subject"): "lists of header fields are no mail to us",
    ("imap", "mail from"): "the same",
    ("imap", "mail to"): "the same",
    ("imap", "mail id"): "the same",
    ("opcua_synthetic", "certificate subject"): "certificates inside OPC UA",
    ("opcua_synthetic", "certificate issuer"): "the same",
    ("opcua_synthetic", "certificate serial"): "the same",
    ("opcua_synthetic", "certificate sha1"): "the same",
    ("opcua_synthetic", "certificate from"): "the same",
    ("opcua_synthetic", "certificate until"): "the same",
    ("ntlm_synthetic", "smb user"): "logins whose end came without its beginning have no user with Arkime",
    ("ntlm_synthetic", "smb host"): "the same",
    ("ntlm_synthetic", "smb domain"): "the same",
    ("v6-http", "dns name"): "mDNS has a record of its own",
    ("v6-http", "dns type"): "the same",
    ("v6-http", "dns status"): "the same",
    ("gtp-iphone", "sip to"): "Arkime does not look at every message of these connections",
    ("gtp-iphone", "sip method"): "the same",
    ("smtp-subject-windows", "mail subject"): "a character set that we do not decode",
    ("tls13", "tls ja4"): "a draft of TLS 1.3 that Arkime has no number for",
}
DIFFERENCES = """
http-tcp-seq-issue, tcp-reassembly-synthetic: bodies of connections whose sequence numbers jump.
smb: Arkime names the first or the last of several dialects.
"""
for field, why in {
    "protocol": "connections that break off within the first message",
    "http host": "names that DTLS and QUIC ask for, which Arkime has not", "http uri": "RPC over HTTP, HTTP to us",
    "http method": "RPC over HTTP", "http user agent": "RPC over HTTP",
    "http body md5": "bodies shorter than they say", "dns name": "LLMNR and mDNS have records of their own",
    "mail from": "header fields in IMAP", "mail to": "header fields in IMAP", "mail subject": "header fields in IMAP",
    "ldap name": "messages that break off", "radius user": "attributes beyond the message's length",
    "mysql version": "a greeting that Arkime does not take", "dhcp name": "a message that Arkime does not take",
    "dhcp id": "a message that Arkime does not take",
}.items():
    APART["arkime_synthetic", field] = why
for field in ("certificate subject", "certificate issuer", "certificate serial", "certificate sha1", "certificate from",
              "certificate until"):
    APART["ssl-selfsign", field] = "the client's certificate, which Arkime does not have"


def low(value):
    return str(value).lower()


def host(value):
    value = low(value)
    return value.rsplit(":", 1)[0] if re.search(r"[^:]:\d+$", value) or "]:" in value else value


def each(kind, take):
    def values(event):
        return take(event, event[kind]) if isinstance(event.get(kind), dict) else []
    return values


def uri(event, h):
    if "url" not in h:
        return []
    url = h["url"]
    if url.startswith("/libhtp::"):
        return []
    return [url.split("://", 1)[1] if "://" in url else h.get("hostname", "") + url if url[:1] == "/" else url]


def without_port(value):
    return re.sub(r"^([^/]*):\d+(?=/|$)", r"\1", value) if value != "*" else None


RCODES = {"NOTIMPL": "NOTIMP", "BADSIG_VERS": "BADVERS"}


def domain(value):
    """Arkime decodes internationalised names."""
    try:
        return low(value).encode().decode("idna") if low(value) != "<root>" else None
    except UnicodeError:
        return low(value)


def tls_only(value):
    """DTLS has no field with Arkime."""
    return None if value.startswith(("DTLS", "65277,", "65279,", "d")) else value


def version(value):
    value = tls_only(value)
    return value and value.replace("TLS ", "TLSv").replace("TLSv1.0", "TLSv1").replace(" ", "-")


def ja3(event):
    return [j["hash"] for j in [event.get("tls", {}).get("ja3") or event.get("quic", {}).get("ja3") or {}]
            if "hash" in j and tls_only(j.get("string", ""))]


def addresses(event):
    """(from, to): addresses of the envelope and of the message's header."""
    mail, smtp = event.get("email", {}), event.get("smtp", {})
    found = [[mail.get("from", ""), smtp.get("mail_from", "")],
             [*mail.get("to", []), *mail.get("cc", []), *mail.get("bcc", []), *smtp.get("rcpt_to", [])]]
    return [{a.lower() for text in side for a in re.findall(r"[^\s<>,;:\"']+@[^\s<>,;\"']+", text)} for side in found]


def subject_words(value):
    import email.header
    try:
        return " ".join(str(email.header.make_header(email.header.decode_header(str(value)))).split())
    except (LookupError, UnicodeError):
        return " ".join(str(value).split())


def name(part):
    """CN, O or OU of our subject or issuer."""
    def take(value):
        found = re.findall(r"(?:^|, |\+)" + part + r"=(.*?)(?=(?:, |\+)[A-Za-z.0-9]+=|$)", value)
        return [v.replace("\\,", ",").lower() for v in found]
    return take


def certificates(field, norm=low):
    paths = ["tls." + field, "tls.issuers." + field, "tls.client." + field, "tls.client.issuers." + field,
             "tls.encryption_certificate." + field]

    def values(event):
        found = [v for p in paths for v in flatten(event, p.split("."))]
        out = []
        for v in found:
            v = norm(v)
            out += v if isinstance(v, list) else [v]
        return out
    return values


def serial(value):
    return low(value).replace(":", "").lstrip("0")


def epoch(value):
    import datetime
    return str(int(datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
                   .timestamp()) * 1000)


def path(*paths):
    def values(event):
        return [v for p in paths for v in flatten(event, p.split("."))]
    return values


def files(event):
    f = event.get("fileinfo", {})
    plain = event.get("app_proto") in ("http", "http2") and f.get("state") == "CLOSED"
    return [f["md5"]] if plain and "md5" in f else []


# label, Arkime's path, our values of an event, normalise (or a pair: ours, theirs)
FIELDS = [
    ("http host", "http.host", path("http.hostname", "tls.sni", "quic.sni"), host),
    ("http uri", "http.uri", each("http", uri), without_port),
    ("http method", "http.method", path("http.http_method"), lambda v: None if v == "PRI" else v),
    ("http status", "http.statuscode", path("http.status")),
    ("http user agent", "http.useragent", path("http.http_user_agent")),
    ("http referer", "http.request-referer", path("http.http_refer")),
    ("http body md5", "http.md5", files),
    ("dns name", "dns.queryHost", path("dns.queries.rrname"), domain),
    ("dns type", "dns.qt", path("dns.queries.rrtype")),
    ("dns status", "dns.status", lambda e: flatten(e, ["dns", "rcode"]) if e.get("dns", {}).get("type") in
     ("response", "answer") else [], lambda v: RCODES.get(v, v)),
    ("tls version", "tls.version", path("tls.version"), (version, str)),
    ("tls suite", "tls.cipher", path("tls.cipher_suite")),
    ("tls ja3", "tls.ja3", ja3),
    ("tls ja3 text", "tls.ja3string", path("tls.ja3.string", "quic.ja3.string"), (tls_only, str)),
    ("tls ja3s", "tls.ja3s", path("tls.ja3s.hash", "quic.ja3s.hash")),
    ("tls ja4", "tls.ja4", path("tls.ja4", "quic.ja4")),
    ("certificate subject", "cert.subjectCN", certificates("subject", name("CN")), low),
    ("certificate issuer", "cert.issuerCN", certificates("issuerdn", name("CN")), low),
    ("certificate organisation", "cert.subjectON", certificates("subject", name("O")), low),
    ("certificate serial", "cert.serial", certificates("serial"), serial),
    ("certificate sha1", "cert.hash", certificates("fingerprint"), low),
    ("certificate from", "cert.notBefore", certificates("notbefore", epoch)),
    ("certificate until", "cert.notAfter", certificates("notafter", epoch)),
    ("ssh version", "ssh.version", lambda e: [low(f"ssh-{s['proto_version']}-{s['software_version']}")
                                             for s in e.get("ssh", {}).values()] if e["event_type"] == "ssh" else [],
     lambda v: v.split(" ")[0]),
    ("ssh hassh", "ssh.hassh", path("ssh.client.hassh.hash")),
    ("ssh hassh of servers", "ssh.hasshServer", path("ssh.server.hassh.hash")),
    ("mail from", "email.src", lambda e: addresses(e)[0], low),
    ("mail to", "email.dst", lambda e: addresses(e)[1], low),
    ("mail subject", "email.subject", path("email.subject"), subject_words),
    ("mail attachment", "email.filename", path("email.attachment")),
    ("mail id", "email.id", path("email.message_id"), lambda v: v.strip("<> ")),
    ("smtp hello", "email.smtpHello", path("smtp.helo"), low),
    ("smb user", "smb.user", path("smb.ntlmssp.user"), low),
    ("smb domain", "smb.domain", path("smb.ntlmssp.domain"), low),
    ("smb host", "smb.host", path("smb.ntlmssp.host"), low),
    ("smb share", "smb.share", path("smb.share", "smb.named_pipe"), low),
    ("smb file", "smb.filename", path("smb.filename"), lambda v: v.lstrip("\\")),
    ("smb dialect", "smb.dialect", path("smb.dialect"), (lambda v: {"3.11": "SMB 3.1.1"}.get(v, v if v.startswith("NT ") else None), str)),
    ("krb5 realm", "krb5.realm", path("krb5.realm", "krb5.service_realm")),
    ("krb5 client", "krb5.cname", path("krb5.cname"), lambda v: None if v == "<empty>" else v),
    ("krb5 server", "krb5.sname", path("krb5.sname")),
    ("ldap name", "ldap.bindname", path("ldap.request.bind_request.name"),
     lambda v: None if v == "<ROOT>" else v),
    ("radius user", "radius.user", path("radius.username", "radius.user_name")),
    ("sip from", "sip.from", path("sip.from")),
    ("sip to", "sip.to", path("sip.to")),
    ("sip call", "sip.callid", path("sip.call_id")),
    ("sip method", "sip.method", path("sip.method")),
    ("sip code", "sip.statuscode", path("sip.code")),
    ("mysql user", "mysql.user", path("mysql.user", "mysql.username")),
    ("mysql version", "mysql.version", path("mysql.server_version")),
    ("postgresql user", "postgresql.user", path("pgsql.request.startup_parameters.user")),
    ("postgresql database", "postgresql.db", path("pgsql.request.startup_parameters.optional_parameters.database")),
    ("dhcp name", "dhcp.host", path("dhcp.hostname")),
    ("dhcp id", "dhcp.id", lambda e: [f"{e[k]['id']:x}" for k in ("dhcp", "dhcpv6") if "id" in e.get(k, {})]),
    ("mqtt client", "mqtt.clientId", path("mqtt.connect.client_id")),
    ("mqtt topic", "mqtt.topic", path("mqtt.publish.topic", "mqtt.subscribe.topics.topic", "mqtt.unsubscribe.topics")),
    ("tftp file", "tftp.filename", path("tftp.file")),
    ("opcua endpoint", "opcua.endpointUrl", path("opcua.endpoint")),
    ("oracle service", "oracle.service", path("tns.service_name", "tns.service"), low),
]


def ends(source, source_port, to, to_port):
    def one(address, port):
        import ipaddress
        return str(ipaddress.ip_address(address)), int(port or 0)
    return tuple(sorted((one(source, source_port), one(to, to_port))))


def pair(row):
    normalise = row[3] if len(row) > 3 else str
    return normalise if isinstance(normalise, tuple) else (normalise, normalise)


def encoded(session):
    return "content-encoding" in flatten(session, ["http", "responseHeader"])


def expected(test):
    found = collections.defaultdict(set)
    for session in json.load(open(test, errors="replace")).get("sessions3", []):
        s = session["body"]
        for row in FIELDS:
            if row[0] == "http body md5" and encoded(s):
                continue
            found[row[0]] |= {pair(row)[1](v) for v in flatten(s, row[1].split("."))} - {None, ""}
        if s.get("ipProtocol") in (6, 17) and "ip" in s.get("source", {}):
            key = ends(s["source"]["ip"], s["source"].get("port"), s["destination"]["ip"], s["destination"].get("port"))
            found["protocol"] |= {(word, key) for word in s.get("protocol", []) if word in PROTOCOLS}
    return found


def said(probe, capture):
    found = collections.defaultdict(set)
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([probe, "-S", "/dev/null", "-k", "none", "--set", "files.digests=md5", "-r", capture, "-l", out], capture_output=True, timeout=300)
        eve = os.path.join(out, "eve.json")
        for line in open(eve, errors="replace") if os.path.exists(eve) else ():
            e = json.loads(line)
            if "src_ip" in e:
                key = ends(e["src_ip"], e.get("src_port"), e["dest_ip"], e.get("dest_port"))
                words = {e["event_type"], e.get("app_proto"), e.get("app_proto_orig")}
                found["protocol"] |= {(word, key) for word, names in PROTOCOLS.items() if words & set(names)}
            if e["event_type"] in ("flow", "anomaly", "notice", "alert", "stats"):
                continue
            for row in FIELDS:
                found[row[0]] |= {pair(row)[0](v) for v in row[2](e)} - {None, ""}
    return found


def compare(args):
    test, probe = args
    capture = next((test[:-5] + end for end in (".pcap", ".pcapng") if os.path.exists(test[:-5] + end)), None)
    if not capture:
        return test, []
    want, got = expected(test), said(probe, capture)
    rows = []
    for label in ["protocol"] + [row[0] for row in FIELDS]:
        if not want[label] or (os.path.basename(test)[:-5], label) in APART:  # that Arkime does not look for it there says nothing
            continue
        mine = got[label]
        if label == "protocol":  # what more we found on connections that Arkime has no word for is no difference
            mine = mine & want[label]
        rows.append((label, len(want[label] & mine), max(len(want[label]), len(mine)), mine - want[label],
                     want[label] - mine))
    return test, rows


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("names", nargs="*")
    ap.add_argument("--probe", default=os.environ.get("PROBE", f"{TOP}/build/release/wanglou-probe"))
    ap.add_argument("--share", type=float, default=0.995)
    ap.add_argument("--tests", default=os.path.join(os.environ.get("WANGLOU_CORPUS", "../shared"),
                                                    "corpus/protocols/arkime/tests/pcap"))
    ap.add_argument("-v", action="store_true")
    a = ap.parse_args()
    if not os.path.isdir(a.tests):
        print(f"no {a.tests} # SKIP")
        return 77
    tests = [os.path.join(a.tests, n) for n in sorted(os.listdir(a.tests)) if n.endswith(".test")
             and not n.startswith(tuple(LEFT_OUT)) and (not a.names or any(part in n for part in a.names))]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(compare, [(t, a.probe) for t in tests]))
    equal, total, where = collections.Counter(), collections.Counter(), collections.defaultdict(list)
    for test, rows in results:
        for label, same, n, mine, theirs in rows:
            equal[label] += same
            total[label] += n
            if same < n:
                where[label].append(f"{os.path.basename(test)[:-5]}: only ours {sorted(mine, key=str)[:6]}, "
                                    f"only theirs {sorted(theirs, key=str)[:6]}")
    for label in ["protocol"] + [row[0] for row in FIELDS]:
        print(f"{label}: {equal[label]} of {total[label]}")
        for text in where[label] if a.v else ():
            print("    " + text)
    share = sum(equal.values()) / max(1, sum(total.values()))
    good = total and share >= a.share
    print(f"{len(tests)} captures, {sum(equal.values())} of {sum(total.values())} values equal: {100 * share:.2f} %")
    print(f"{int(bool(good))} passed, {int(not good)} failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
