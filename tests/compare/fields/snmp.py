# SPDX-License-Identifier: Apache-2.0
"""SNMP. Communities are compared where we show them."""
EVENT = "snmp"
FILTER = "snmp && !icmp && !icmpv6"
PDUS = ["get_request", "get_next_request", "response", "set_request", "trap_v1", "get_bulk_request", "inform_request",
        "trap_v2", "report"]
ERRORS = ["NoError", "TooBig", "NoSuchName", "BadValue", "ReadOnly", "GenErr", "NoAccess", "WrongType", "WrongLength",
          "WrongEncoding", "WrongValue", "NoCreation", "InconsistentValue", "ResourceUnavailable", "CommitFailed",
          "UndoFailed", "AuthorizationError", "NotWritable", "InconsistentName"]
KNOWN = ("public", "private")


def ours_error(value):
    return str(ERRORS.index(value)) if value in ERRORS else value


TEXT = (lambda v: v or None, lambda v: None if v in ("", "<MISSING>") else v)
FIELDS = [
    ("snmp.version", "snmp.version", ({1: "0", 2: "1"}.get, str)),
    ("snmp.community", "snmp.community", (lambda v: v if v in KNOWN else None,) * 2),
    ("snmp.pdu_type", "snmp.data", (lambda v: str(PDUS.index(v)) if v in PDUS else None, str)),
    ("snmp.request_id", "snmp.request_id"),
    ("snmp.error", "snmp.error_status", (ours_error, lambda v: None if v == "0" else v)),
    ("snmp.vars", "snmp.name"),
    ("snmp.non_repeaters", "snmp.non_repeaters"),
    ("snmp.max_repetitions", "snmp.max_repetitions"),
    ("snmp.generic_trap", "snmp.generic_trap"),
    ("snmp.specific_trap", "snmp.specific_trap"),
    ("snmp.uptime", "snmp.time_stamp"),
    ("snmp.trap_address", "snmp.agent_addr"),
    ("snmp.msg_id", "snmp.msgID"),
    ("snmp.usm", "snmp.msgUserName", TEXT),
    ("snmp.engine_id", "snmp.msgAuthoritativeEngineID", TEXT),
    ("snmp.engine_boots", "snmp.msgAuthoritativeEngineBoots"),
    ("snmp.engine_time", "snmp.msgAuthoritativeEngineTime"),
]
DIFFERENCES = """tcpdump's snmp-heapoverflow captures are damaged: no message can be read to its end, tshark shows what
stands before the damage. snmpv3_synthetic.pcap: lists that are longer than what is around them; their variables are
not read."""
LEFT_OUT = {name: "damaged" for name in ("snmp-heapoverflow-1.pcap", "snmp-heapoverflow-2.pcap", "snmpv3_synthetic.pcap")}
