# SPDX-License-Identifier: Apache-2.0
"""LDAP: requests and responses."""
EVENT = "ldap"
FILTER = "ldap || cldap"
PROTOCOLS = ("ldap", "cldap")
TSHARK = ("-o", "tcp.reassemble_out_of_order:TRUE")
TEXT = (lambda v: v or None, lambda v: None if v in ("", "<ROOT>", "<MISSING>") else v)
FIELDS = [
    ("ldap.request.bind_request.version", "ldap.version"),
    ("ldap.request.bind_request.name", "ldap.name", TEXT),
    ("ldap.request.bind_request.sasl.mechanism", "ldap.mechanism"),
    ("ldap.request.search_request.base_object", "ldap.baseObject", TEXT),
    ("ldap.request.search_request.scope", "ldap.scope"),
    ("ldap.request.search_request.deref_alias", "ldap.derefAliases"),
    ("ldap.request.search_request.size_limit", "ldap.sizeLimit"),
    ("ldap.request.search_request.time_limit", "ldap.timeLimit"),
    ("ldap.request.search_request.types_only", "ldap.typesOnly", (lambda v: str(int(v)), str)),
    ("ldap.request.search_request.attributes", "ldap.AttributeDescription"),
    ("ldap.responses.search_result_entry.base_object", "ldap.objectName", TEXT),
    ("ldap.request.modify_request.object", "ldap.object", TEXT),
    ("ldap.request.extended_request.name", "ldap.requestName"),
]
