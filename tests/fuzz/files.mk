# SPDX-License-Identifier: Apache-2.0
# One row a target: FUZZ += NAME, NAME_fuzz_SRC := what it links, NAME_fuzz_LIBS := libraries.

FUZZ += seglog
seglog_fuzz_SRC := src/lib/seglog.c src/lib/seglog_file.c src/lib/seglog_read.c src/lib/buf.c src/lib/crc32c.c \
	src/lib/err.c

FUZZ += frame
frame_fuzz_SRC := src/wire/frame.c src/lib/buf.c src/lib/compress.c src/lib/crc32c.c
frame_fuzz_LIBS := -lzstd

FUZZ += pick
pick_fuzz_SRC := src/collector/keep/pick.c

FUZZ += decode
decode_fuzz_SRC := src/probe/decode/checksum.c src/probe/decode/decode.c src/probe/decode/ethernet.c \
	src/probe/decode/icmp.c src/probe/decode/ipv4.c src/probe/decode/ipv6.c src/probe/decode/raw.c \
	src/probe/decode/sll.c src/probe/decode/tcp.c src/probe/decode/transport.c src/probe/decode/udp.c

FUZZ += pcap
pcap_fuzz_SRC := src/probe/capture/capture.c src/probe/capture/files.c src/probe/capture/live.c \
	src/probe/capture/reader.c src/probe/capture/walk.c src/lib/err.c src/lib/log.c
pcap_fuzz_LIBS := -lpcap
