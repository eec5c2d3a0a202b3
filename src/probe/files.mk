# SPDX-License-Identifier: Apache-2.0
# The probe in data-path order: the table of contents.
PROBE_SRC := \
	src/probe/capture/capture.c \
	src/probe/capture/files.c \
	src/probe/capture/live.c \
	src/probe/capture/reader.c \
	src/probe/capture/walk.c \
	src/probe/decode/checksum.c \
	src/probe/decode/decode.c \
	src/probe/decode/ethernet.c \
	src/probe/decode/icmp.c \
	src/probe/decode/ipv4.c \
	src/probe/decode/ipv6.c \
	src/probe/decode/raw.c \
	src/probe/decode/sll.c \
	src/probe/decode/tcp.c \
	src/probe/decode/transport.c \
	src/probe/decode/udp.c \
	src/probe/learn/geo.c \
	src/probe/learn/learn.c \
	src/probe/learn/segments.c \
	src/probe/notice/guess.c \
	src/probe/notice/notice.c \
	src/probe/notice/scan.c \
	src/probe/notice/table.c \
	src/probe/main.c
