# SPDX-License-Identifier: Apache-2.0
"""IKE, which tshark calls ISAKMP."""
EVENT = "ike"
FILTER = "isakmp"


FIELDS = [
    ("ike.init_spi", "isakmp.ispi", lambda v: v.replace(":", "")),
    ("ike.resp_spi", "isakmp.rspi", lambda v: v.replace(":", "")),
    ("ike.exchange_type", "isakmp.exchangetype", lambda v: str(int(str(v), 0))),
    ("ike.message_id", "isakmp.messageid", lambda v: str(int(str(v), 0))),
]
LEFT_OUT = {name: "broken on purpose: no initiator's SPI, or a length that is not the datagram's" for name in (
    "ikev1_id_ipv6_addr_subnet-oobr.pcap",
    "ikev2-id-normal.pcap",
    "ikev2-id-short.pcap",
    "isakmp-delete-segfault.pcap",
    "isakmp-ikev1_n_print-oobr.pcap",
    "isakmp-no-none-np.pcapng",
    "isakmp-various-oobr.pcap",
    "isakmpv1-attr-oobr.pcap",
)}
DIFFERENCES = """Version 1 without any payload, and messages behind a first one that was not taken for IKE, are not records."""
