# SPDX-License-Identifier: Apache-2.0
"""DHCP: header and options."""
EVENT = "dhcp"
FILTER = "dhcp"
TYPES = [None, "discover", "offer", "request", "decline", "ack", "nak", "release", "inform", "force_renew", "lease_query",
         "lease_unassigned", "lease_unknown", "lease_active"]
FIELDS = [
    ("dhcp.id", "dhcp.id", (str, lambda v: str(int(v, 16)))),
    ("dhcp.type", "dhcp.type", (lambda v: {"request": "1", "reply": "2"}[v], str)),
    ("dhcp.hops", "dhcp.hops"),
    ("dhcp.secs", "dhcp.secs"),
    ("dhcp.client_ip", "dhcp.ip.client"),
    ("dhcp.assigned_ip", "dhcp.ip.your"),
    ("dhcp.next_server_ip", "dhcp.ip.server"),
    ("dhcp.relay_ip", "dhcp.ip.relay"),
    ("dhcp.dhcp_type", "dhcp.option.dhcp", (lambda v: str(TYPES.index(v)) if v in TYPES else v, str)),
    ("dhcp.requested_ip", "dhcp.option.requested_ip_address"),
    ("dhcp.hostname", "dhcp.option.hostname"),
    ("dhcp.params_number", "dhcp.option.request_list_item"),
    ("dhcp.lease_time", "dhcp.option.ip_address_lease_time"),
    ("dhcp.renewal_time", "dhcp.option.renewal_time_value"),
    ("dhcp.rebinding_time", "dhcp.option.rebinding_time_value"),
    ("dhcp.subnet_mask", "dhcp.option.subnet_mask"),
    ("dhcp.routers", "dhcp.option.router"),
    ("dhcp.dns_servers", "dhcp.option.domain_name_server"),
    ("dhcp.vendor_class_identifier", "dhcp.option.vendor_class_id"),
    ("dhcp.server_id", "dhcp.option.dhcp_server_id"),
    ("dhcp.domain", "dhcp.option.domain_name"),
]
DIFFERENCES = """Seconds since the client began: tshark swaps the octets where a client seems to have sent them in its own
order; we show what was sent."""
LEFT_OUT = {"capwap.pcap": "frames of a wireless network inside CAPWAP, which the probe does not open",
            "dhcp-rfc4388.pcap": "two of its messages lack octets of the header"}
