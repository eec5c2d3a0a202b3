# SPDX-License-Identifier: Apache-2.0
"""SSH: the client's offer in the key exchange. The string of HASSH is four of its lists."""
EVENT = "ssh"
FILTER = "ssh.kex.hassh && !tcp.analysis.retransmission"
PROTOCOLS = ["ssh"]


def part(n):
    return lambda v: v.split(";")[n], str


FIELDS = [
    ("ssh.client.hassh.hash", "ssh.kex.hassh"),
    ("ssh.client.hassh.string", "ssh.kex.hassh_algorithms"),
    ("ssh.client.hassh.string", "ssh.kex_algorithms", part(0)),
    ("ssh.client.host_key_algorithms", "ssh.server_host_key_algorithms"),
    ("ssh.client.hassh.string", "ssh.encryption_algorithms_client_to_server", part(1)),
    ("ssh.client.hassh.string", "ssh.mac_algorithms_client_to_server", part(2)),
    ("ssh.client.hassh.string", "ssh.compression_algorithms_client_to_server", part(3)),
]
LEFT_OUT = {"ssh.pcap": "tshark reads the key exchange of one of its two sessions only"}
