# SPDX-License-Identifier: Apache-2.0
EVENT = "dns"
FILTER = "dns && !mdns && !llmnr && !nbns && !icmp && !icmpv6"


LEFT_OUT = {
    "dns_fwdptr.pcap": "names that point to themselves: no message to us, ten thousand questions to tshark",
    "dns-forward-pointer/input.pcap": "the same",
    "dns-badlabel.pcap": "damaged",
    "malformed_dns.pcap": "names longer than names can be",
    "ndpi/badpackets.pcap": "datagrams longer than their packets",
    "ipv4_invalid_total_length.pcap": "the same",
    "ipv6_invalid_length_2.pcap": "the same",
    "ndpi/fuzz-2006-06-26-2594.pcap": "damaged at random",
    "rtp-seg-fault-1.pcapng": "damaged",
    "dos-xmas-frag.pcap": "data that are no messages, on DNS's port",
    "someip_sd_sample.pcap": "the same",
    "someip1.pcap": "the same",
    "LINKTYPE_USER2_PKTAP.pcap": "a link type of users' own, which tshark opens for this capture",
    "dns-over-http2/dns_over_https.pcap": "DNS inside HTTP, which tshark does not name all of",
    "dns-over-http2-limit/input.pcap": "the same",
}
DIFFERENCES = """
A name with a pointer forward is no name to us (suricata-verify's dns-forward-pointer). A message of several segments or
fragments that the capture has only in part is none. Names with bytes that are no UTF-8 are written by jw's rule.
"""


def WHERE(event):
    return event["app_proto"] == "dns"  # tshark's filter leaves DNS over HTTP out


def number(text):
    return str(int(str(text), 0))


def name(text):
    """Bytes beyond plain text are shown in several ways."""
    text = str(text)
    if text == "<Name too long>" or "\ufffd" in text or not text.isascii() or "\\" in text or not text.isprintable():
        return None
    return "" if text in ("<Root>", ".") else text


TYPES = {"A": 1, "NS": 2, "MD": 3, "MF": 4, "CNAME": 5, "SOA": 6, "MB": 7, "MG": 8, "MR": 9, "NULL": 10, "WKS": 11, "PTR": 12,
         "HINFO": 13, "MINFO": 14, "MX": 15, "TXT": 16, "RP": 17, "AFSDB": 18, "SIG": 24, "KEY": 25, "AAAA": 28, "LOC": 29,
         "SRV": 33, "NAPTR": 35, "KX": 36, "CERT": 37, "A6": 38, "DNAME": 39, "OPT": 41, "APL": 42, "DS": 43, "SSHFP": 44,
         "IPSECKEY": 45, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "DHCID": 49, "NSEC3": 50, "NSEC3PARAM": 51, "TLSA": 52,
         "SMIMEA": 53, "HIP": 55, "CDS": 59, "CDNSKEY": 60, "SVCB": 64, "HTTPS": 65, "SPF": 99, "TKEY": 249, "TSIG": 250,
         "IXFR": 251, "AXFR": 252, "ANY": 255, "URI": 256, "CAA": 257}
RCODES = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "YXDOMAIN": 6, "YXRRSET": 7,
          "NXRRSET": 8, "NOTAUTH": 9, "NOTZONE": 10}


def rrtype(text):
    return str(TYPES.get(str(text), text))


def rcode(text):
    return str(RCODES.get(str(text), text))


FIELDS = [
    ("dns.id", "dns.id", (str, number)),
    ("dns.flags", "dns.flags", (lambda t: str(int(t, 16)), number)),
    ("dns.opcode", "dns.flags.opcode", (str, number)),
    ("dns.queries.rrname", "dns.qry.name", (name, name)),
    ("dns.queries.rrtype", "dns.qry.type", (rrtype, number)),
    ("dns.answers.srv.port", "dns.srv.port", (str, number)),
    ("dns.answers.srv.priority", "dns.srv.priority", (str, number)),
    ("dns.edns.udp_size", "dns.rr.udp_payload_size", (str, number)),
    ("dns.edns.client_subnet.prefix", "dns.opt.client.netmask", (str, number)),
    ("dns.grouped.CNAME", "dns.cname", (name, name)),
    ("dns.authorities.soa.serial", "dns.soa.serial_number", (str, number)),
    ("dns.grouped.PTR", "dns.ptr.domain_name", (name, name)),
    ("dns.grouped.MX", "dns.mx.mail_exchange", (name, name)),
]
