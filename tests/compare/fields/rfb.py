# SPDX-License-Identifier: Apache-2.0
"""VNC: handshakes."""
EVENT = "rfb"
FILTER = "vnc"
PROTOCOLS = ["vnc"]
FIELDS = [
    ("rfb.authentication.vnc.challenge", "vnc.auth_challenge", (str, lambda v: v.replace(":", ""))),
    ("rfb.framebuffer.width", "vnc.width"),
    ("rfb.framebuffer.height", "vnc.height"),
    ("rfb.framebuffer.name", "vnc.desktop_name"),
]
