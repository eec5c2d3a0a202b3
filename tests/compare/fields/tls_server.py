# SPDX-License-Identifier: Apache-2.0
"""TLS: ServerHellos."""
EVENT = "tls"
FILTER = "tls.handshake.type == 2 && tcp && !(tcp.analysis.retransmission)"
PROTOCOLS = ["tls"]


def WHERE(e):
    return e.get("proto") == "TCP" and "ja3s" in e["tls"]


SUITES = {}
try:
    import subprocess
    for line in subprocess.run(["tshark", "-G", "values"], capture_output=True, text=True, check=False).stdout.splitlines():
        f = line.split("\t")
        if f[:2] == ["V", "tls.handshake.ciphersuite"]:
            SUITES[int(f[2])] = f[3]
except OSError:
    pass


def suite(number):
    n = int(number, 0)
    return SUITES.get(n, "0x%04x" % n)


FIELDS = [
    ("tls.cipher_suite", "tls.handshake.ciphersuite", (str, suite)),
    ("tls.ja3s.hash", "tls.handshake.ja3s"),
    ("tls.ja3s.string", "tls.handshake.ja3s_full"),
    ("tls.server_alpns", "tls.handshake.extensions_alpn_str"),
]
