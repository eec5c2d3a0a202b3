# SPDX-License-Identifier: Apache-2.0
EVENT = "mdns"
FILTER = "mdns && !icmp && !icmpv6"
PROTOCOLS = ("mdns",)
LEFT_OUT = {"dnscrypt-v2.pcap": "DNSCrypt on port 5353, which is no mDNS"}


def number(text):
    return str(int(str(text), 0))


FIELDS = [
    ("mdns.id", "dns.id", (str, number)),
    ("mdns.queries.rrname", "dns.qry.name"),
    ("mdns.type", "dns.flags.response", (str, lambda t: "response" if str(t) in ("1", "True") else "request")),
]
