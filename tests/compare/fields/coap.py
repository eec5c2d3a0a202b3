# SPDX-License-Identifier: Apache-2.0
"""CoAP: header and options."""
EVENT = "coap"
TSHARK = ["-d", "udp.port==17500,coap"]  # a capture on a port that tshark does not know
FILTER = "coap && !icmp && !icmpv6 && !_ws.malformed && !coap.invalid_option_number"


def number(value):
    return str(int(value))


def code(value):
    a, b = value.split(".")
    return str(int(a) * 32 + int(b))


def kind(value):
    return str({"CON": 0, "NON": 1, "ACK": 2, "RST": 3}[value])


def token(value):
    return value.replace(":", "")


FIELDS = [
    ("coap.type", "coap.type", (kind, number)),
    ("coap.code", "coap.code", (code, number)),
    ("coap.message_id", "coap.mid", number),
    ("coap.token", "coap.token", token),
    ("coap.uri_host", "coap.opt.uri_host"),
    ("coap.uri_port", "coap.opt.uri_port", number),
    ("coap.max_age", "coap.opt.max_age", number),
]
DIFFERENCES = """tshark names CoAP by its port, also where the bytes are none."""
