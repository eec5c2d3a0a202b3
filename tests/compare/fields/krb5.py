# SPDX-License-Identifier: Apache-2.0
"""Kerberos: requests, replies and errors. tshark names the tickets inside of TGS requests as well: what lies beside
them is compared here, what they have in common with replies in krb5_replies.py."""
import datetime

EVENT = "krb5"
PROTOCOLS = ("kerberos",)
FILTER = "kerberos && (udp.port == 88 || tcp.port == 88)"
TYPES = {"KRB_AS_REQ": "10", "KRB_AS_REP": "11", "KRB_TGS_REQ": "12", "KRB_TGS_REP": "13", "KRB_ERROR": "30"}
ETYPES = {"rc4-hmac-old-exp": "-135", "rc4-hmac-old": "-133", "rc4-md4": "-128", "des-cbc-crc": "1", "des-cbc-md4": "2",
          "des-cbc-md5": "3", "des3-cbc-md5": "5", "des3-cbc-sha1": "7", "des3-cbc-sha1-kd": "16",
          "aes128-cts-hmac-sha1-96": "17", "aes256-cts-hmac-sha1-96": "18", "aes128-cts-hmac-sha256-128": "19",
          "aes256-cts-hmac-sha384-192": "20", "rc4-hmac": "23", "rc4-hmac-exp": "24", "camellia128-cts-cmac": "25",
          "camellia256-cts-cmac": "26"}
ERRORS = {"KDC_ERR_C_PRINCIPAL_UNKNOWN": "6", "KDC_ERR_S_PRINCIPAL_UNKNOWN": "7", "KDC_ERR_ETYPE_NOSUPP": "14",
          "KDC_ERR_BADOPTION": "13", "KDC_ERR_POLICY": "12", "KDC_ERR_CLIENT_REVOKED": "18", "KDC_ERR_KEY_EXPIRED": "23",
          "KDC_ERR_PREAUTH_FAILED": "24", "KDC_ERR_PREAUTH_REQUIRED": "25", "KRB_AP_ERR_TKT_EXPIRED": "32",
          "KRB_AP_ERR_SKEW": "37", "KRB_ERR_RESPONSE_TOO_BIG": "52", "KRB_ERR_GENERIC": "60", "KDC_ERR_WRONG_REALM": "68"}


def ours_time(value):
    return value.replace("T", " ").rstrip("Z")


def theirs_time(value):
    return datetime.datetime.strptime(value[:21].split(".")[0], "%b %d, %Y %H:%M:%S").strftime("%Y-%m-%d %H:%M:%S")


TIME = (ours_time, theirs_time)


def option(name):
    return ("krb5.options", f"kerberos.KDCOptions.{name.replace('_', '.')}",
            (lambda v: name if v == name else None, lambda v: name if v in ("1", "True") else None))


FIELDS = [
    ("krb5.msg_type", "kerberos.msg_type", (TYPES.get, lambda v: v if v in TYPES.values() else None)),
    ("krb5.error_code", "kerberos.error_code", (lambda v: ERRORS.get(v, v), str)),
    ("krb5.padata", "kerberos.padata_type"),
    ("krb5.etypes", "kerberos.ENCTYPE", (lambda v: ETYPES.get(v, v), str)),
    ("krb5.kdc_options", "kerberos.kdc_options"),
    option("forwardable"), option("renewable"), option("canonicalize"), option("renewable_ok"),
    ("krb5.from", "kerberos.from", TIME),
    ("krb5.till", "kerberos.till", TIME),
    ("krb5.rtime", "kerberos.rtime", TIME),
    ("krb5.nonce", "kerberos.nonce"),
    ("krb5.server_time", "kerberos.stime", TIME),
    ("krb5.error_text", "kerberos.e_text"),
]
DIFFERENCES = """ndpi/kerberos.pcap: connections that begin in the middle of a request; what follows on them is not
recognised. arkime_synthetic.pcap: a request of zeros that is longer than its datagram by its own length, an
answer that breaks off."""
LEFT_OUT = {"kerberos.pcap": "its connections begin in the middle of messages",
            "arkime_synthetic.pcap": "its messages are longer than their datagrams"}
