# SPDX-License-Identifier: Apache-2.0
"""Kerberos: realms and kinds of names, where there is no ticket inside the message but the one that is given."""
EVENT = "krb5"
PROTOCOLS = ("kerberos",)
FILTER = "kerberos.msg_type in {11, 13} && (udp.port == 88 || tcp.port == 88)"


def WHERE(e):
    return e["krb5"]["msg_type"] in ("KRB_AS_REP", "KRB_TGS_REP")


FIELDS = [
    ("krb5.realm", "kerberos.crealm"),
    ("krb5.service_realm", "kerberos.realm"),
    ("krb5.padata", "kerberos.padata_type"),
    ("krb5.cname", "kerberos.CNameString", (lambda v: None if "/" in v else v, str)),
]
