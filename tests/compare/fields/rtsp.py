# SPDX-License-Identifier: Apache-2.0
"""RTSP: requests and responses."""
EVENT = "rtsp"
FILTER = "rtsp && !tcp.analysis.retransmission"
FIELDS = [
    ("rtsp.method", "rtsp.method"),
    ("rtsp.url", "rtsp.url"),
    ("rtsp.status", "rtsp.status"),
]
