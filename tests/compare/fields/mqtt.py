# SPDX-License-Identifier: Apache-2.0
"""MQTT: packets, their flags, topics and codes."""
EVENT = "mqtt"
FILTER = "mqtt && !_ws.malformed"


def low(value):
    return str(value).strip() or None


def number(value):
    return str(int(value, 0) if isinstance(value, str) else int(value))


FIELDS = [
    ("mqtt.connect.protocol_string", "mqtt.protoname", low),
    ("mqtt.connect.protocol_version", "mqtt.ver", number),
    ("mqtt.connect.keep_alive", "mqtt.kalive", number),
    ("mqtt.connect.client_id", "mqtt.clientid", low),
    ("mqtt.connect.username", "mqtt.username", low),
    ("mqtt.connect.will.topic", "mqtt.willtopic", low),
    ("mqtt.connect.flags.clean_session", "mqtt.conflag.cleansess", number),
    ("mqtt.connect.flags.will", "mqtt.conflag.willflag", number),
    ("mqtt.connect.flags.will_retain", "mqtt.conflag.retain", number),
    ("mqtt.connect.flags.username", "mqtt.conflag.uname", number),
    ("mqtt.connect.flags.password", "mqtt.conflag.passwd", number),
]
DIFFERENCES = """A CONNECT that breaks off is no record of ours, but an anomaly; tshark's half of it is left out."""
