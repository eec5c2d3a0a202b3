# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL: statements, results, errors."""
EVENT = "pgsql"
FILTER = "pgsql"


def low(value):
    return str(value).strip()


FIELDS = [
    ("pgsql.request.simple_query", "pgsql.query", lambda v: None),
    ("pgsql.response.code", "pgsql.code", low),
    ("pgsql.response.process_id", "pgsql.pid", low),
    ("pgsql.response.routine", "pgsql.routine", low),
]
DIFFERENCES = """pgsql.pid of a CancelRequest stands in the request."""
