# SPDX-License-Identifier: Apache-2.0
# The command line for people.
CLI_SRC := \
	src/cli/main.c \
	src/cli/text.c \
	src/cli/width.c \
	src/cli/table.c \
	src/cli/client.c \
	src/cli/places.c \
	src/cli/replay.c \
	src/cli/phrases.c \
	src/cli/show.c \
	src/cli/judge.c \
	src/cli/alerts.c \
	src/cli/alert.c \
	src/cli/settle.c \
	src/cli/fleet.c \
	src/cli/links.c \
	src/cli/hops.c \
	src/cli/rules.c \
	src/cli/rules_check.c \
	src/cli/rules_list.c \
	src/cli/rules_words.c \
	src/cli/rules_reasons.c \
	src/cli/rules_values.c \
	src/cli/rules_explain.c \
	src/cli/rules_test.c \
	src/cli/rules_cost.c \
	src/cli/rules_bits.c \
	src/cli/rules_manage.c \
	src/cli/rules_bundle.c \
	src/cli/packets.c \
	src/cli/packets_evidence.c \
	src/cli/packets_filter.c \
	src/cli/packets_ring.c \
	src/cli/packets_walk.c \
	src/cli/packets_reader.c \
	src/cli/packets_write.c \
	src/cli/user.c \
	src/cli/doctor.c \
	src/collector/options.c \
	src/collector/serve/users.c \
	$(filter-out src/probe/main.c src/probe/arguments.c src/probe/live.c src/probe/replay.c src/probe/lockin.c src/probe/packets.c, $(PROBE_SRC))
