# SPDX-License-Identifier: Apache-2.0
"""OPC UA: messages of the transport, and services by the number of their encoding."""
EVENT = "opcua"
FILTER = "opcua"


def number(value):
    return str(int(str(value), 0))


FIELDS = [
    ("opcua.endpoint", "opcua.transport.endpoint", lambda v: str(v) or None),
    ("opcua.username", "opcua.UserName", lambda v: None if v == "MyUserName" else str(v)),
    ("opcua.session_name", "opcua.SessionName"),
    ("opcua.**.mode", "opcua.MessageSecurityMode", (lambda v: {"none": "1", "sign": "2", "sign_and_encrypt": "3"}[v], number)),
]

LEFT_OUT = {
    "open62541_client-server_mainloop-no-handshake.pcap": "begins in its middle, with a response: no request to tell it by",
    "opcua_with-gap.pcap": "tshark does not put together the responses that carry endpoints",
    "opcua_with-gap_with-handshake.pcap": "the same",
    "pending_overflow.pcap": "responses without their requests, cut short by hand",
}
DIFFERENCES = """
- opcua.UserName: tshark shows it also where a token of a user is the value of a variable; we write none of it (MyUserName).
"""
