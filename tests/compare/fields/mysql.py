# SPDX-License-Identifier: Apache-2.0
"""MySQL: logins, commands, errors."""
EVENT = "mysql"
FILTER = "mysql"


def low(value):
    return str(value).strip()


FIELDS = [
    ("mysql.server_version", "mysql.version", low),
    ("mysql.user", "mysql.user", low),
    ("mysql.thread_id", "mysql.thread_id", low),
    ("mysql.statement", "mysql.query", low),
    ("mysql.error_code", "mysql.error_code", low),
    ("mysql.columns", "mysql.num_fields", low),
]
DIFFERENCES = """Statements are cut at 512 bytes."""
