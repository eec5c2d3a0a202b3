# SPDX-License-Identifier: Apache-2.0
# One row a target: FUZZ += NAME, NAME_fuzz_SRC := what it links, NAME_fuzz_LIBS := libraries.

FUZZ += seglog
seglog_fuzz_SRC := src/lib/seglog.c src/lib/seglog_file.c src/lib/seglog_read.c src/lib/buf.c src/lib/crc32c.c \
	src/lib/err.c

FUZZ += frame
frame_fuzz_SRC := src/wire/frame.c src/lib/buf.c src/lib/compress.c src/lib/crc32c.c
frame_fuzz_LIBS := -lzstd

FUZZ += mask
mask_fuzz_SRC := src/lib/mask.c src/lib/addr.c src/lib/buf.c src/lib/err.c src/lib/hash.c src/lib/jw.c

FUZZ += pick
pick_fuzz_SRC := src/collector/keep/pick.c

FUZZ += decode
decode_fuzz_SRC := $(DECODE_SRC)

FUZZ += defrag fragment
defrag_fuzz_SRC := $(DEFRAG_SRC)
fragment_fuzz_SRC := $(DECODE_SRC)

FUZZ += pcap
pcap_fuzz_SRC := src/probe/capture/capture.c src/probe/capture/classic.c src/probe/capture/fanout.c src/probe/capture/files.c \
	src/probe/capture/iface.c src/probe/capture/live.c src/probe/capture/pace.c src/probe/capture/reader.c \
	src/probe/capture/walk.c src/lib/buf.c src/lib/compress.c src/lib/err.c src/lib/gunzip.c src/lib/log.c
pcap_fuzz_LIBS := -lpcap -lz -lzstd

FUZZ += rule match threshold
threshold_fuzz_SRC := $(MATCH_SRC)
threshold_fuzz_LIBS := $(MATCH_LIBS)
rule_fuzz_SRC := $(MATCH_SRC)
rule_fuzz_LIBS := $(MATCH_LIBS)
match_fuzz_SRC := $(MATCH_SRC)
match_fuzz_LIBS := $(MATCH_LIBS)
FUZZ += fire lists dataset manage bundle reputation
reputation_fuzz_SRC := $(MATCH_SRC)
reputation_fuzz_LIBS := $(MATCH_LIBS)
fire_fuzz_SRC := $(MATCH_SRC)
fire_fuzz_LIBS := $(MATCH_LIBS)
lists_fuzz_SRC := $(LISTS_SRC)
dataset_fuzz_SRC := $(MATCH_SRC)
dataset_fuzz_LIBS := $(MATCH_LIBS)
manage_fuzz_SRC := $(match_manage_SRC)
manage_fuzz_LIBS := $(match_manage_LIBS)
bundle_fuzz_SRC := $(bundle_SRC)
bundle_fuzz_LIBS := $(bundle_LIBS)

FUZZ += dns
dns_fuzz_SRC := src/probe/l7/web/dns.c
FUZZ += der
der_fuzz_SRC := src/probe/l7/secure/der.c
FUZZ += tls
tls_fuzz_SRC := src/probe/l7/secure/tls.c src/probe/l7/secure/ja.c src/lib/md5.c $(SHA_SRC)
tls_fuzz_LIBS := -lsodium
FUZZ += ssh
ssh_fuzz_SRC := src/probe/l7/secure/ssh.c src/lib/md5.c
FUZZ += ftp
ftp_fuzz_SRC := src/probe/l7/share/ftp.c
FUZZ += l7
l7_fuzz_SRC := $(L7_SRC)
l7_fuzz_LIBS := $(L7_LIBS)
# Protocols that have a corpus of their own, row_NAME, by family: FUZZ_ROWS += NAME.
FUZZ_ROWS :=
include $(sort $(wildcard tests/fuzz/l7_*.mk))

FUZZ += flow
flow_fuzz_SRC := $(FLOW_SRC)

FUZZ += recognise
recognise_fuzz_SRC := $(RECOGNISE_SRC)

FUZZ += ring
ring_fuzz_SRC := $(RING_READER_SRC)
ring_fuzz_LIBS := -ljansson

FUZZ += verdict
verdict_fuzz_SRC := src/probe/match/verdict.c src/probe/match/verdict_answer.c src/probe/match/verdict_kind.c \
	src/probe/match/verdict_proof.c src/lib/hash.c src/lib/slab.c
