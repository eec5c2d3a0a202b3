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
	src/probe/l7/buffers.c \
	src/probe/l7/der.c \
	src/probe/l7/dns.c \
	src/probe/l7/dns_rdata.c \
	src/probe/l7/dns_row.c \
	src/probe/l7/ftp.c \
	src/probe/l7/ftp_row.c \
	src/probe/l7/hold.c \
	src/probe/l7/http.c \
	src/probe/l7/http_form.c \
	src/probe/l7/ja.c \
	src/probe/l7/l7.c \
	src/probe/l7/ssh.c \
	src/probe/l7/ssh_row.c \
	src/probe/l7/tls.c \
	src/probe/l7/tls_row.c \
	src/probe/l7/tls_write.c \
	src/probe/learn/geo.c \
	src/probe/learn/learn.c \
	src/probe/learn/segments.c \
	src/probe/notice/guess.c \
	src/probe/notice/notice.c \
	src/probe/notice/scan.c \
	src/probe/notice/table.c \
	src/probe/main.c
