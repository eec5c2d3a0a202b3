# SPDX-License-Identifier: Apache-2.0
"""SSH: the server's offer in the key exchange. The string of HASSH is four of its lists."""
EVENT = "ssh"
FILTER = "ssh.kex.hasshserver && !tcp.analysis.retransmission"
PROTOCOLS = ["ssh"]


def part(n):
    return lambda v: v.split(";")[n], str


FIELDS = [
    ("ssh.server.hassh.hash", "ssh.kex.hasshserver"),
    ("ssh.server.hassh.string", "ssh.kex.hasshserver_algorithms"),
    ("ssh.server.hassh.string", "ssh.kex_algorithms", part(0)),
    ("ssh.server.host_key_algorithms", "ssh.server_host_key_algorithms"),
    ("ssh.server.hassh.string", "ssh.encryption_algorithms_server_to_client", part(1)),
    ("ssh.server.hassh.string", "ssh.mac_algorithms_server_to_client", part(2)),
    ("ssh.server.hassh.string", "ssh.compression_algorithms_server_to_client", part(3)),
]
LEFT_OUT = {"ssh.pcap": "tshark reads the key exchange of one of its two sessions only"}
