# SPDX-License-Identifier: Apache-2.0
"""DHCPv6: messages, associations, names."""
EVENT = "dhcpv6"
FILTER = "dhcpv6"
TYPES = [None, "solicit", "advertise", "request", "confirm", "renew", "rebind", "reply", "release", "decline", "reconfigure",
         "information_request", "relay_forward", "relay_reply", "lease_query", "lease_query_reply"]


def theirs_id(value):
    return str(int(value, 16))


FIELDS = [
    ("dhcpv6.type", "dhcpv6.msgtype", (lambda v: None if "relay" in v else str(TYPES.index(v)), lambda v: None if v in ("12", "13") else v)),
    ("dhcpv6.id", "dhcpv6.xid", (str, theirs_id)),
    ("dhcpv6.ias.iaid", "dhcpv6.iaid", (str, theirs_id)),
    ("dhcpv6.ias.t1", "dhcpv6.iaid.t1"),
    ("dhcpv6.ias.t2", "dhcpv6.iaid.t2"),
    ("dhcpv6.ias.addresses", "dhcpv6.iaaddr.ip"),
    ("dhcpv6.requested_options", "dhcpv6.requested_option_code"),
    ("dhcpv6.elapsed_time", "dhcpv6.elapsed_time", (lambda v: str(v * 10), str)),
    ("dhcpv6.preference", "dhcpv6.option_preference"),
    ("dhcpv6.hops", "dhcpv6.hopcount"),
    ("dhcpv6.peer_address", "dhcpv6.peeraddr"),
    ("dhcpv6.fqdn", "dhcpv6.client_domain", (str, lambda v: v.rstrip("."))),
    ("dhcpv6.domains", "dhcpv6.search_list_entry", (str, lambda v: v.rstrip("."))),
    ("dhcpv6.dns_servers", "dhcpv6.dns_server"),
]
DIFFERENCES = """Numbers of temporary associations have no field of their own in tshark."""
LEFT_OUT = {"ip6-snmp-oid-unsigned.pcap": "damaged", "mixed.pcap": "a name of one label without its end, seven times"}
