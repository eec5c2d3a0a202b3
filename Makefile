# SPDX-License-Identifier: Apache-2.0
# One Makefile, no configure step. `make help` lists the targets; all output goes under build/.
#   BUILD=release|debug|asan|tsan|fuzz|cov   V=1 shows the commands

BUILD ?= release
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-5s %s\n' '$(1)' '$(2)')

CC_release := gcc
CC_debug := gcc
CC_asan := gcc
CC_tsan := gcc
CC_cov := gcc
CC_fuzz := clang
CC := $(CC_$(BUILD))
ifeq ($(CC),)
$(error BUILD=$(BUILD) is unknown: use release, debug, asan, tsan, fuzz or cov)
endif

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings \
	-Wpointer-arith -Wformat=2
OPT_release := -O3 -fno-plt -g -flto=auto -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT_debug := -O0 -g
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPT_tsan := -O1 -g -fsanitize=thread -Wno-maybe-uninitialized
OPT_cov := -O0 -g --coverage
OPT_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
LINK_release := -O3 -flto=auto -Wl,-z,relro,-z,now -pie
LINK_asan := -fsanitize=address,undefined
LINK_tsan := -fsanitize=thread
LINK_cov := --coverage
LINK_fuzz := -fsanitize=address,undefined

CPPFLAGS_ALL := -Iinclude -D_GNU_SOURCE -isystem /usr/include/ndpi $(CPPFLAGS)
CFLAGS_ALL := -std=c17 -fPIE $(WARN) $(OPT_$(BUILD)) $(CFLAGS)
OUT := build/$(BUILD)

include src/lib/files.mk
include src/wire/files.mk
include src/probe/files.mk
include src/collector/files.mk
include src/cli/files.mk
include src/gen/files.mk
include tests/unit/files.mk
include tests/fuzz/files.mk

LIBS_PROBE := -lmagic -lgcrypt -lpcap -lndpi -lhs -lhtp -lbrotlidec -lpcre2-8 -lmaxminddb -lzmq -lsodium -lzstd -lyaml -lseccomp -lz -lm -lpthread
LIBS_COLLECTOR := -lgcrypt -lzmq -lsodium -lzstd -lz -lyaml -lsqlite3 -lmicrohttpd -ljansson -lseccomp -lm -lpthread
LIBS_CLI := -lmagic -lgcrypt -lpcap -lndpi -lcurl -ljansson -lzmq -lsodium -lzstd -lz -lyaml -lhs -lhtp -lbrotlidec -lpcre2-8 -lsqlite3 -lmaxminddb -lseccomp -lm -lpthread
LIBS_GEN := -lyaml -lm

# All processors, unless the caller said how many.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

obj = $(patsubst %.c,$(OUT)/obj/%.o,$(1))

PROGRAMS := $(OUT)/wanglou-probe $(OUT)/wanglou-collector $(OUT)/wanglou

.PHONY: all help deps programs demo test lint bench fuzz golden gen clean install unit unit-names fuzz-replay fuzz-names format
.DELETE_ON_ERROR:
.SECONDARY:

all: deps ## install what is missing, build the programs into build/release/
	$(Q)$(MAKE) --no-print-directory $(JOBS) programs

help: ## this list
	@printf 'Wanglou. Two commands do everything: make demo, make test\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@printf '\n  BUILD=release|debug|asan|tsan|fuzz|cov   V=1 shows the commands\n'

deps: build/.deps
build/.deps: packaging/deps.sh packaging/deps.txt
	$(Q)bash packaging/deps.sh build
	$(Q)mkdir -p build && touch $@

programs: $(PROGRAMS)

$(OUT)/wanglou-probe: $(call obj,$(PROBE_SRC) $(LIB_SRC) $(WIRE_SRC))
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK_$(BUILD)) -o $@ $^ $(LIBS_PROBE)
$(OUT)/wanglou-collector: $(call obj,$(COLLECTOR_SRC) $(LIB_SRC) $(WIRE_SRC))
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK_$(BUILD)) -o $@ $^ $(LIBS_COLLECTOR)
$(OUT)/wanglou: $(call obj,$(CLI_SRC) $(LIB_SRC) $(WIRE_SRC))
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK_$(BUILD)) -o $@ $^ $(LIBS_CLI)
$(OUT)/wanglou-gen: $(call obj,$(GEN_SRC))
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK_$(BUILD)) -o $@ $^ $(LIBS_GEN)

$(OUT)/obj/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(dir $@)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $($(subst /,_,$(basename $<))_CFLAGS) -MMD -MP -c -o $@ $<

# Unit tests: tests/unit/test_NAME.c, linked with exactly the sources its row in files.mk names.
UNIT_BIN := $(UNIT:%=$(OUT)/tests/unit/test_%)
define unit_rule
$(OUT)/tests/unit/test_$(1): $(call obj,tests/unit/test_$(1).c $($(1)_SRC))
	$$(call say,LINK,$$@)
	$(Q)mkdir -p $$(dir $$@)
	$(Q)$(CC) $(LINK_$(BUILD)) -o $$@ $$^ -lcmocka $($(1)_LIBS) -lm -lpthread
endef
$(foreach u,$(UNIT),$(eval $(call unit_rule,$(u))))
unit: $(UNIT_BIN)
unit-names: # for tests/run.sh
	@printf '%s\n' $(UNIT)

# Fuzz targets: tests/fuzz/fuzz_NAME.c; with BUILD=fuzz against libFuzzer, else against a main that replays files.
FUZZ_BIN := $(FUZZ:%=$(OUT)/tests/fuzz/fuzz_%)
FUZZ_MAIN := $(if $(filter fuzz,$(BUILD)),,tests/fuzz/main.c)
FUZZ_LINK := $(if $(filter fuzz,$(BUILD)),-fsanitize=fuzzer,)
define fuzz_rule
$(OUT)/tests/fuzz/fuzz_$(1): $(call obj,tests/fuzz/fuzz_$(1).c $(FUZZ_MAIN) $($(1)_fuzz_SRC))
	$$(call say,LINK,$$@)
	$(Q)mkdir -p $$(dir $$@)
	$(Q)$(CC) $(LINK_$(BUILD)) $(FUZZ_LINK) -o $$@ $$^ $($(1)_fuzz_LIBS) -lm -lpthread
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz_rule,$(f))))
# One protocol of l7 at a time: fuzz_l7 under the name fuzz_row_PROTOCOL.
FUZZ_ROW_BIN := $(FUZZ_ROWS:%=$(OUT)/tests/fuzz/fuzz_row_%)
$(FUZZ_ROW_BIN): $(OUT)/tests/fuzz/fuzz_l7
	$(Q)ln -f $< $@
fuzz-replay: $(FUZZ_BIN) $(FUZZ_ROW_BIN)
fuzz-names: # for tests/run.sh and tests/fuzz/run.sh
	@printf '%s\n' $(FUZZ) $(FUZZ_ROWS:%=row_%)

include tests/integration/files.mk
include tests/bench/files.mk

demo: all ## collector, story replayed through a probe, table of alerts (PCAP=file for your own)
	$(Q)bash packaging/demo.sh $(PCAP)

test: ## install what is missing, build with ASan+UBSan, run every test
	$(Q)bash packaging/deps.sh test
	$(Q)$(MAKE) --no-print-directory $(JOBS) programs $(OUT)/tests/unit/test_sandbox
	$(Q)$(MAKE) --no-print-directory $(JOBS) BUILD=asan programs unit fuzz-replay
	$(Q)bash tests/run.sh

lint: ## house rules: layout, fences, include order, sizes, format, generated files up to date
	$(Q)bash tests/lint/lint.sh

bench: all ## figures of the packet path (packets per CPU second, instructions, where they go)
	$(Q)bash packaging/deps.sh bench
	$(Q)$(MAKE) --no-print-directory $(OUT)/tests/bench/ndpi_alone
	$(Q)bash tests/bench/run.sh

FUZZ_SECONDS ?= 60
fuzz: ## run each fuzz target for FUZZ_SECONDS (60) with libFuzzer
	$(Q)bash packaging/deps.sh fuzz
	$(Q)$(MAKE) --no-print-directory $(JOBS) BUILD=fuzz fuzz-replay
	$(Q)bash tests/fuzz/run.sh $(FUZZ_SECONDS)

gen: ## make the generated files (schema, reference pages, example configuration) from their tables
	$(Q)$(MAKE) --no-print-directory $(OUT)/wanglou-gen
	$(Q)bash src/gen/gen.sh $(OUT)/wanglou-gen .

golden: all ## refresh expected outputs and generated files; review with git diff
	$(Q)$(MAKE) --no-print-directory gen
	$(Q)/usr/bin/python3 tests/e2e/run.py --golden

format: ## clang-format all sources
	$(Q)git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

PREFIX ?= /usr/local
install: programs ## install programs, configuration, signatures and manual pages below PREFIX
	$(Q)bash packaging/install.sh "$(OUT)" "$(DESTDIR)$(PREFIX)"

clean: ## remove build/
	$(Q)rm -rf build

-include $(shell find $(OUT)/obj -name '*.d' 2>/dev/null)
