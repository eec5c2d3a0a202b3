# SPDX-License-Identifier: Apache-2.0
# Data bases and message queues.
FUZZ_ROWS += mysql pgsql redis mongodb mqtt coap tds tns
