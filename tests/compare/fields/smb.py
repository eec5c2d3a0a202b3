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


def guid(value):
    """EVE's order of the second half's octets."""
    h = value.lower()
    return f"{h[:19]}{h[21:23]}{h[19:21]}-{h[26:28]}{h[24:26]}{h[34:36]}{h[32:34]}{h[30:32]}{h[28:30]}"


def server_guid(event):
    e = event["smb"]
    return [e["server_guid"]] if "server_guid" in e and e.get("dialect") != "NT LM 0.12" else []


def name(value):
    return None if value in ("", "NULL") else str(value)


def native(value):
    return value if value and value.isascii() and "\\x" not in value else None


FIELDS = [
    ("smb.client_guid", "smb2.client_guid", (str, guid)),
    (server_guid, "smb2.server_guid", (str, guid)),
    ("smb.**.ntlmssp.user", "ntlmssp.auth.username", name),
    ("smb.**.ntlmssp.domain", "ntlmssp.auth.domain", name),
    ("smb.**.ntlmssp.host", "ntlmssp.auth.hostname", name),
    ("smb.*.native_os", "smb.native_os", native),
    ("smb.*.native_lm", "smb.native_lanman", native),
    ("smb.max_read_size", "smb2.max_read_size", number),
    ("smb.max_write_size", "smb2.max_write_size", number),
    ("smb.**.ntlmssp.nb_computer", "ntlmssp.challenge.target_info.nb_computer_name", told),
    ("smb.**.ntlmssp.nb_domain", "ntlmssp.challenge.target_info.nb_domain_name", told),
    ("smb.**.ntlmssp.dns_computer", "ntlmssp.challenge.target_info.dns_computer_name", told),
    ("smb.**.ntlmssp.dns_domain", "ntlmssp.challenge.target_info.dns_domain_name", told),
    ("smb.dcerpc.interfaces.ack_result", "dcerpc.cn_ack_result", number),
]

DIFFERENCES = """
PrintNightmare.pcap: the end of a login inside a pipe (AUTH3), which has no response, is no record of ours.
cve-2021-1675.pcap: tshark does not read one of its logins.
"""
LEFT_OUT = {
    "smb-length-5770/input.pcap": "tshark does not take up one of two connections whose beginning lies in a gap",
    "smb-eicar-file-segmentation-random/input.pcap": "tshark does not put one of its messages together",
    "smb-smbclient.pcap": "a login without NTLMSSP, whose user EVE has under that name nevertheless",
    "smbtorture-ntlmssp-moloch-crash.pcap": "damaged",
}
