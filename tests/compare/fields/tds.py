# SPDX-License-Identifier: Apache-2.0
"""TDS: login and batches."""
EVENT = "tds"
FILTER = "tds"


def WHERE(event):
    return event["tds"]["type"] != "login" or "tds_version" in event["tds"]


def low(value):
    return str(value).rstrip("\0 ")


FIELDS = [
    ("tds.host", "tds.7login.clientname", low),
    ("tds.user", "tds.7login.username", low),
    ("tds.application", "tds.7login.appname", low),
    ("tds.error_number", "tds.error.number", low),
]
DIFFERENCES = """Logins before TDS 7 have no such fields in tshark."""
