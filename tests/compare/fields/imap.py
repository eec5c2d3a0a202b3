# SPDX-License-Identifier: Apache-2.0
"""IMAP."""
EVENT = "imap"
FILTER = "imap"
PROTOCOLS = ("imap",)


def upper(value):
    return value.upper()


def tag(value):
    """tshark takes the end of a literal's line and responses of a login for tags as well."""
    return None if value in ("*", "+", ")") or len(value) > 20 else value


def bare(value):
    return value.strip('"')


WHERE = lambda e: "tag" in e["imap"] and "command" in e["imap"]
FIELDS = [
    ("imap.tag", "imap.request_tag", tag),
    ("imap.command", "imap.request.command", upper),
    ("imap.user", "imap.request.username", bare),
]
