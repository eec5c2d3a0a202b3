# SPDX-License-Identifier: Apache-2.0
"""SIP: first lines and header fields."""
EVENT = "sip"
FILTER = "sip && !icmp && !icmpv6"
FIELDS = [
    ("sip.method", "sip.Method"),
    ("sip.uri", "sip.r-uri"),
    ("sip.request_line", "sip.Request-Line"),
    ("sip.response_line", "sip.Status-Line"),
    ("sip.code", "sip.Status-Code"),
    ("sip.from", "sip.From"),
    ("sip.to", "sip.To"),
    ("sip.call_id", "sip.Call-ID"),
    ("sip.cseq", "sip.CSeq"),
    ("sip.user_agent", "sip.User-Agent"),
    ("sip.server", "sip.Server"),
    ("sip.subject", "sip.Subject"),
    ("sip.expires", "sip.Expires"),
    ("sip.content_type", "sip.Content-Type"),
    ("sip.content_length", "sip.Content-Length"),
    ("sip.sdp.session_name", "sdp.session_name"),
    ("sip.sdp.origin", "sdp.owner"),
]
LEFT_OUT = {"ndpi/fuzz-2006-06-26-2594.pcap": "damaged at random"}
