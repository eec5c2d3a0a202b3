# SPDX-License-Identifier: Apache-2.0
"""SSH: what both sides greet with; their offers are in ssh_client.py and ssh_server.py."""
EVENT = "ssh"
FILTER = "ssh.protocol && !tcp.analysis.retransmission"


def software(line):
    parts = line.strip().split("-", 2)
    return parts[2].split(" ")[0] if len(parts) > 2 else None


FIELDS = [
    ("ssh.*.proto_version", "ssh.protocol", (str, lambda line: (line.split("-") + [None])[1])),
    ("ssh.*.software_version", "ssh.protocol", (str, software)),
]
LEFT_OUT = {"ndpi/ssh.pcap": "tshark reads the greetings of one of its two sessions only",
            "output-eve-anomaly-02/input.pcap": "the client speaks HTTP to an SSH server: no SSH to us"}
