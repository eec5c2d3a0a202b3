# SPDX-License-Identifier: Apache-2.0
"""SMB 2 and 3: what is agreed on, which names logins and servers have."""
EVENT = ("smb",)
FILTER = "smb2 || smb"
PROBE = ["--set", "stream.depth=0"]
PROTOCOLS = ("smb2", "smb")


def number(value):
    return str(int(str(value), 0))


def told(value):
    """An empty name is left out by tshark at times."""
    return str(value) or None


FIELDS = [
    ("smb.max_read_size", "smb2.max_read_size", number),
    ("smb.max_write_size", "smb2.max_write_size", number),
    ("smb.ntlmssp.nb_computer", "ntlmssp.challenge.target_info.nb_computer_name", told),
    ("smb.ntlmssp.nb_domain", "ntlmssp.challenge.target_info.nb_domain_name", told),
    ("smb.ntlmssp.dns_computer", "ntlmssp.challenge.target_info.dns_computer_name", told),
    ("smb.ntlmssp.dns_domain", "ntlmssp.challenge.target_info.dns_domain_name", told),
    ("smb.dcerpc.interfaces.ack_result", "dcerpc.cn_ack_result", number),
]

DIFFERENCES = """
PrintNightmare.pcap: the challenge is that of a BIND inside a pipe; ours is in smb.dcerpc.ntlmssp.
smb-length-5770: tshark does not take up one of two connections whose beginning lies in a gap.
"""
