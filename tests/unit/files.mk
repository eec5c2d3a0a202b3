# SPDX-License-Identifier: Apache-2.0
# One row a test: UNIT += NAME, NAME_SRC := what it links (short!), NAME_LIBS := libraries.

UNIT += notice
notice_SRC := src/probe/notice/notice.c src/probe/notice/scan.c src/probe/notice/scan_table.c \
	src/probe/notice/guess.c src/probe/notice/table.c src/lib/addr.c src/lib/hash.c src/lib/slab.c

UNIT += addr buf conf hash jw
addr_SRC := src/lib/addr.c src/lib/lpm.c
buf_SRC := src/lib/buf.c src/lib/err.c src/lib/log.c src/lib/slab.c
conf_SRC := src/lib/conf.c src/lib/conf_print.c src/lib/conf_row.c src/lib/err.c
conf_LIBS := -lyaml
hash_SRC := src/lib/crc32c.c src/lib/hash.c
jw_SRC := src/lib/buf.c src/lib/jw.c

UNIT += yaml
yaml_SRC := src/lib/yaml.c src/lib/err.c
yaml_LIBS := -lyaml

UNIT += mkdirs progress
mkdirs_SRC := src/lib/mkdirs.c
progress_SRC := src/lib/progress.c

UNIT += seglog
seglog_SRC := src/lib/seglog.c src/lib/seglog_file.c src/lib/seglog_read.c src/lib/buf.c src/lib/crc32c.c \
	src/lib/err.c

UNIT += learn
learn_SRC := src/probe/learn/learn.c src/probe/learn/geo.c src/probe/learn/segments.c src/lib/addr.c \
	src/lib/buf.c src/lib/err.c src/lib/log.c src/lib/lpm.c src/lib/yaml.c
learn_LIBS := -lmaxminddb -lyaml

UNIT += capture
capture_SRC := src/probe/capture/capture.c src/probe/capture/classic.c src/probe/capture/fanout.c src/probe/capture/files.c \
	src/probe/capture/iface.c src/probe/capture/live.c src/probe/capture/pace.c \
	src/probe/capture/reader.c src/probe/capture/walk.c src/lib/buf.c src/lib/compress.c src/lib/err.c \
	src/lib/gunzip.c src/lib/log.c
capture_LIBS := -lpcap -lz -lzstd

UNIT += links
links_SRC := src/probe/links.c src/lib/conf.c src/lib/conf_print.c src/lib/conf_row.c src/lib/err.c
links_LIBS := -lyaml

UNIT += sandbox
sandbox_SRC := src/lib/sandbox.c src/lib/err.c
sandbox_LIBS := -lseccomp

UNIT += keys frame
keys_SRC := src/lib/keys.c src/lib/keys_allowed.c src/lib/err.c
keys_LIBS := -lsodium
frame_SRC := src/wire/frame.c src/lib/buf.c src/lib/compress.c src/lib/crc32c.c
frame_LIBS := -lzstd

UNIT += pick keep
pick_SRC := src/collector/keep/pick.c
KEEP_SRC := src/collector/keep/pick.c src/collector/keep/sqlite.c src/collector/keep/schema.c \
	src/collector/keep/files.c src/collector/keep/later.c src/collector/keep/shelf.c src/collector/keep/seal.c \
	src/collector/keep/keep.c src/collector/keep/expire.c src/collector/keep/where.c \
	src/collector/keep/look_alerts.c src/collector/keep/look_events.c
keep_SRC := $(KEEP_SRC) src/lib/jread.c src/lib/addr.c src/lib/buf.c src/lib/compress.c src/lib/err.c src/lib/jw.c src/lib/log.c
keep_LIBS := -lsqlite3 -lzstd

DEFRAG_SRC := src/probe/decode/defrag.c src/probe/decode/defrag_bytes.c \
	src/probe/decode/targets.c src/lib/err.c src/lib/hash.c src/lib/lpm.c src/lib/slab.c src/lib/addr.c

UNIT += decode
DECODE_SRC := $(filter src/probe/decode/%,$(PROBE_SRC)) src/lib/addr.c src/lib/crc32c.c src/lib/err.c \
	src/lib/hash.c src/lib/lpm.c src/lib/slab.c
decode_SRC := $(DECODE_SRC) tests/unit/decode_wrapped.c

UNIT += decode_hints
decode_hints_SRC := $(DECODE_SRC)

UNIT += decode_outside
decode_outside_SRC := $(DECODE_SRC) tests/unit/decode_wrapped.c

UNIT += defrag fragment
defrag_SRC := $(DEFRAG_SRC)
fragment_SRC := $(DECODE_SRC)

UNIT += targets
targets_SRC := src/probe/decode/targets.c src/lib/addr.c src/lib/err.c src/lib/lpm.c

UNIT += match_rules match_verify match_transform match_flow match_file match_buffers
UNIT += lists
LISTS_SRC := $(filter src/probe/match/lists%,$(PROBE_SRC)) src/probe/l7/buffers.c src/lib/addr.c src/lib/buf.c \
	src/lib/err.c src/lib/hash.c src/lib/jread.c src/lib/keytab.c src/lib/log.c src/lib/lpm.c src/lib/scratch.c \
	$(SHA_SRC)
lists_SRC := $(LISTS_SRC)
UNIT += match_cache match_dataset
match_cache_SRC := src/probe/match/cache.c src/lib/buf.c src/lib/err.c $(SHA_SRC)

MATCH_SRC := $(filter-out src/probe/match/lists%,$(filter src/probe/match/%,$(PROBE_SRC))) src/probe/l7/buffers.c src/lib/addr.c src/lib/buf.c \
	src/lib/conf.c src/lib/conf_row.c src/lib/conf_print.c src/lib/err.c src/lib/hash.c src/lib/scratch.c \
	src/lib/slab.c src/lib/jread.c src/lib/keytab.c src/lib/log.c src/lib/lpm.c src/lib/md5.c src/lib/gunzip.c $(SHA_SRC)
MATCH_LIBS := -lhs -lpcre2-8 -lyaml -lz -lm
match_rules_SRC := $(MATCH_SRC)
match_verify_SRC := $(MATCH_SRC)
match_buffers_SRC := $(MATCH_SRC)
match_transform_SRC := $(MATCH_SRC)
match_flow_SRC := $(MATCH_SRC)
UNIT += match_packet
match_packet_SRC := $(MATCH_SRC)
match_dataset_SRC := $(MATCH_SRC)
match_dataset_LIBS := $(MATCH_LIBS)
match_rules_LIBS := $(MATCH_LIBS)
match_verify_LIBS := $(MATCH_LIBS)
match_buffers_LIBS := $(MATCH_LIBS)
match_transform_LIBS := $(MATCH_LIBS)
match_flow_LIBS := $(MATCH_LIBS)
match_packet_LIBS := $(MATCH_LIBS)
UNIT += match_raw
match_raw_SRC := $(MATCH_SRC)
match_raw_LIBS := $(MATCH_LIBS)
UNIT += match_reputation
match_reputation_SRC := $(MATCH_SRC)
match_reputation_LIBS := $(MATCH_LIBS)
UNIT += match_limit
match_limit_SRC := $(MATCH_SRC)
match_limit_LIBS := $(MATCH_LIBS)
match_file_SRC := $(MATCH_SRC)
match_file_LIBS := $(MATCH_LIBS)
UNIT += match_share
match_share_SRC := $(MATCH_SRC)
match_share_LIBS := $(MATCH_LIBS)
UNIT += match_hostile
match_hostile_SRC := $(MATCH_SRC)
match_hostile_LIBS := $(MATCH_LIBS)

UNIT += match_manage bundle
match_manage_SRC := src/probe/match/manage.c src/probe/match/pcre_edit.c src/probe/match/text.c src/lib/buf.c src/lib/err.c
match_manage_LIBS := -lpcre2-8
bundle_SRC := src/probe/bundle.c src/lib/keys.c src/lib/compress.c src/lib/buf.c src/lib/err.c $(SHA_SRC)
bundle_LIBS := -lsodium -lzstd

FLOW_SRC := src/probe/flow/community.c src/probe/flow/doubt.c src/probe/flow/ends.c src/probe/flow/held.c \
	src/probe/flow/key.c \
	src/probe/flow/names.c src/probe/flow/options.c src/probe/flow/segment.c src/probe/flow/stream.c src/probe/decode/targets.c \
	src/lib/addr.c src/lib/err.c src/lib/log.c src/lib/lpm.c \
	src/probe/flow/table.c src/probe/flow/tcp.c src/probe/flow/unreach.c src/lib/hash.c $(SHA_SRC) \
	src/lib/slab.c
UNIT += flow flow_ends flow_tunnels community stream evasion flood
flow_SRC := $(FLOW_SRC)
flow_ends_SRC := $(FLOW_SRC)
community_SRC := $(FLOW_SRC)
stream_SRC := $(FLOW_SRC)
evasion_SRC := $(FLOW_SRC)
flow_tunnels_SRC := $(FLOW_SRC)
flood_SRC := $(FLOW_SRC)

UNIT += identify
RECOGNISE_SRC := src/probe/identify/bacnet.c src/probe/identify/fins.c src/probe/identify/fox.c \
	src/probe/identify/opcua.c src/probe/identify/recognise.c src/probe/identify/tlcp.c
identify_SRC := src/probe/identify/dispatch.c src/probe/identify/memory.c src/probe/identify/networks.c src/probe/identify/ndpi.c src/probe/identify/bare.c src/probe/identify/custom.c src/lib/addr.c \
	$(RECOGNISE_SRC) src/lib/err.c src/lib/slab.c
identify_LIBS := -lndpi
UNIT += recognise
recognise_SRC := $(RECOGNISE_SRC)

L7_SRC := $(filter src/probe/l7/%,$(PROBE_SRC)) src/lib/addr.c src/lib/buf.c src/lib/crypt.c src/lib/err.c src/lib/gbk.c src/lib/hash.c src/lib/jw.c src/lib/log.c \
	src/lib/mask.c src/lib/md5.c $(SHA_SRC) src/lib/scratch.c src/lib/slab.c src/wire/event.c
L7_LIBS := -lhtp -lsodium -lgcrypt -lmagic -lbrotlidec -lz
UNIT += digest l7_dns l7_tls l7_line l7
digest_SRC := src/lib/md5.c $(SHA_SRC)
l7_dns_SRC := src/probe/l7/web/dns.c
l7_tls_SRC := $(addprefix src/probe/l7/secure/,tls.c tls_suites.c ja.c der.c) src/lib/md5.c $(SHA_SRC)
l7_tls_LIBS := -lsodium
l7_line_SRC := src/probe/l7/secure/ssh.c src/probe/l7/share/ftp.c src/lib/md5.c
l7_SRC := $(L7_SRC)
l7_LIBS := $(L7_LIBS)
# Parsers, by their folder.
include $(sort $(wildcard tests/unit/l7_*.mk))

UNIT += filter
filter_SRC := src/collector/serve/filter.c src/collector/keep/pick.c src/lib/addr.c src/lib/err.c

UNIT += cli_rules
cli_rules_SRC := src/cli/rules_words.c src/cli/rules_values.c src/cli/rules_reasons.c src/cli/text.c src/cli/width.c \
	src/lib/buf.c
cli_rules_LIBS := -ljansson

UNIT += width
width_SRC := src/cli/width.c src/cli/table.c

UNIT += hold spool zsock
SEGLOG_SRC := src/lib/seglog.c src/lib/seglog_file.c src/lib/seglog_read.c src/lib/buf.c src/lib/crc32c.c \
	src/lib/err.c
EVENT_SRC := src/wire/event.c src/wire/frame.c src/wire/lane.c src/lib/jw.c
hold_SRC := src/collector/hold/hold.c src/collector/hold/reader.c src/collector/hold/record.c \
	src/collector/dedupe/dedupe.c src/lib/compress.c $(EVENT_SRC) $(SEGLOG_SRC)
hold_LIBS := -lzstd
spool_SRC := src/probe/output/spool.c src/probe/output/spool_gaps.c src/probe/output/spoolpos.c \
	src/lib/keys.c src/lib/log.c $(EVENT_SRC) $(SEGLOG_SRC)
spool_LIBS := -lsodium
zsock_SRC := src/lib/zsock.c src/lib/keys.c src/lib/err.c
zsock_LIBS := -lzmq -lsodium

UNIT += ring
RING_READER_SRC := $(sort $(DECODE_SRC) $(FLOW_SRC) src/cli/packets_filter.c src/cli/packets_ring.c \
	src/cli/packets_walk.c src/cli/packets_reader.c src/cli/packets_write.c src/cli/text.c src/cli/width.c \
	src/probe/capture/ring_key.c src/lib/addr.c src/lib/buf.c src/lib/crc32c.c src/lib/err.c \
	src/lib/hash.c src/lib/ringfile.c src/lib/sha1.c)
ring_SRC := src/probe/capture/ring.c src/probe/capture/ring_index.c src/probe/capture/ring_store.c src/lib/log.c \
	$(RING_READER_SRC)
ring_LIBS := -ljansson

UNIT += outbox
outbox_SRC := src/probe/outbox.c src/lib/buf.c

UNIT += profile
profile_SRC := src/probe/output/profile.c src/lib/buf.c src/lib/err.c

UNIT += mask
mask_SRC := src/lib/mask.c src/lib/jw.c src/lib/buf.c src/lib/hash.c src/lib/err.c src/lib/addr.c

UNIT += evidence verdict
evidence_SRC := src/probe/capture/evidence.c src/lib/addr.c src/lib/crc32c.c src/lib/buf.c src/lib/crypt.c src/lib/err.c src/lib/log.c src/lib/md5.c \
	src/lib/ringfile.c $(SHA_SRC)
evidence_LIBS := -lgcrypt
verdict_SRC := src/probe/match/verdict.c src/probe/match/verdict_answer.c src/probe/match/verdict_kind.c \
	src/probe/match/verdict_proof.c src/probe/notice/callback.c src/probe/notice/table.c src/lib/hash.c src/lib/slab.c

UNIT += keep_later
keep_later_SRC := $(keep_SRC)
keep_later_LIBS := $(keep_LIBS)
UNIT += await
await_SRC := src/probe/await.c
