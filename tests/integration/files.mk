# SPDX-License-Identifier: Apache-2.0
# Small programs around the real spool, ship, accept and hold, for the tests in this folder; built with `make unit`.
PIECES := spool_feed ship_run hold_take bad_client
PIECES_SPOOL := src/probe/output/spool.c src/probe/output/spool_gaps.c src/probe/output/spoolpos.c
PIECES_LIB := src/lib/addr.c src/lib/buf.c src/lib/compress.c src/lib/crc32c.c src/lib/err.c src/lib/jw.c \
	src/lib/keys.c src/lib/keys_allowed.c src/lib/log.c src/lib/seglog.c src/lib/seglog_file.c \
	src/lib/seglog_read.c src/lib/zsock.c src/wire/event.c src/wire/frame.c src/wire/lane.c
RECEIVE_SRC := src/collector/receive.c src/collector/accept/accept.c src/collector/accept/peers.c \
	src/collector/accept/stats.c src/collector/dedupe/dedupe.c src/collector/hold/hold.c \
	src/collector/hold/reader.c src/collector/hold/record.c
spool_feed_PIECES := $(PIECES_SPOOL)
ship_run_PIECES := src/probe/output/spoolpos.c src/probe/ship/lane.c src/probe/ship/link.c src/probe/ship/ship.c
hold_take_PIECES := $(RECEIVE_SRC)
bad_client_PIECES :=

PIECES_BIN := $(PIECES:%=$(OUT)/tests/integration/%)
define piece_rule
$(OUT)/tests/integration/$(1): $(call obj,tests/integration/$(1).c $($(1)_PIECES) $(PIECES_LIB))
	$$(call say,LINK,$$@)
	$(Q)mkdir -p $$(dir $$@)
	$(Q)$(CC) $(LINK_$(BUILD)) -o $$@ $$^ -lzmq -lsodium -lzstd -lm -lpthread
endef
$(foreach p,$(PIECES),$(eval $(call piece_rule,$(p))))
unit: $(PIECES_BIN)
