# SPDX-License-Identifier: Apache-2.0
"""DNP3: link, application header, indications and points of whole messages."""
EVENT = "dnp3"
FILTER = "dnp3 && dnp3.al.func && !tcp.analysis.retransmission"


def number(value):
    return str(int(str(value), 0))


def flag(value):
    return "1" if str(value) in ("True", "true", "1") else "0"


def real(value):
    return f"{float(value):.4g}"


def said(name):
    """An indication, of the events that have it."""
    return (lambda value: "1" if value == name else None), (lambda value: "1" if flag(value) == "1" else None)


FIELDS = [
    ("dnp3.src", "dnp3.src", number),
    ("dnp3.dst", "dnp3.dst", number),
    ("dnp3.control.dir", "dnp3.ctl.dir", flag),
    ("dnp3.control.pri", "dnp3.ctl.prm", flag),
    ("dnp3.application.function_code", "dnp3.al.func", number),
    ("dnp3.application.control.fir", "dnp3.al.fir", flag),
    ("dnp3.application.control.fin", "dnp3.al.fin", flag),
    ("dnp3.application.control.con", "dnp3.al.con", flag),
    ("dnp3.application.control.uns", "dnp3.al.uns", flag),
    ("dnp3.application.control.sequence", "dnp3.al.seq", number),
    ("dnp3.iin.indicators", "dnp3.al.iin.rst", said("device_restart")),
    ("dnp3.iin.indicators", "dnp3.al.iin.tsr", said("need_time")),
    ("dnp3.iin.indicators", "dnp3.al.iin.cls1d", said("class_1_events")),
    ("dnp3.iin.indicators", "dnp3.al.iin.obju", said("object_unknown")),
    ("dnp3.application.objects.points.ontime", "dnp3.al.on_time", number),
    ("dnp3.application.objects.points.offtime", "dnp3.al.off_time", number),
]

DIFFERENCES = """
- dnp3_example.pcap: tshark puts the segments of two stations together that speak in one stream; we keep them apart.
- dnp3_synthetic.pcap: frames made by hand whose CRC or header is wrong; we say BAD_LINK_CRC and no record.
"""
