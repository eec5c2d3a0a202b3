# SPDX-License-Identifier: Apache-2.0
"""FTP: commands and replies."""
EVENT = "ftp"
FILTER = "ftp"


def upper(value):
    return str(value).upper()


FIELDS = [
    ("ftp.command", "ftp.request.command", upper),
    ("ftp.command_data", "ftp.request.arg", (lambda v: None if v.startswith("***") else v, str)),
    ("ftp.completion_code", "ftp.response.code"),
    ("ftp.reply", "ftp.response.arg"),
]
DIFFERENCES = """Lines inside a reply of several lines that have no code of their own: ours are in ftp.reply, tshark does not give
them as ftp.response.arg. A code that stands before such a line is not always given by tshark either."""
