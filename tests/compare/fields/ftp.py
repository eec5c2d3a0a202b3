# SPDX-License-Identifier: Apache-2.0
"""FTP: commands and replies."""
EVENT = "ftp"
FILTER = "ftp"


def upper(value):
    return str(value).upper()


FIELDS = [
    ("ftp.command", "ftp.request.command", upper),
]
