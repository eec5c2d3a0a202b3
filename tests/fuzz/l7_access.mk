# SPDX-License-Identifier: Apache-2.0
FUZZ_ROWS += ftp tftp sip rtsp rfb rdp telnet bittorrent-dht rtp
