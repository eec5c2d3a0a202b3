# SPDX-License-Identifier: Apache-2.0
# The collector in data-path order.
COLLECTOR_SRC := \
	src/collector/main.c \
	src/collector/arguments.c \
	src/collector/options.c \
	src/collector/receive.c \
	src/collector/accept/accept.c \
	src/collector/accept/peers.c \
	src/collector/accept/stats.c \
	src/collector/dedupe/dedupe.c \
	src/collector/hold/hold.c \
	src/collector/hold/reader.c \
	src/collector/hold/record.c \
	src/collector/keep/loader.c \
	src/collector/keep/keep.c \
	src/collector/keep/later.c \
	src/collector/keep/shelf.c \
	src/collector/keep/pick.c \
	src/collector/keep/files.c \
	src/collector/keep/schema.c \
	src/collector/keep/seal.c \
	src/collector/keep/expire.c \
	src/collector/keep/sqlite.c \
	src/collector/keep/look_alerts.c \
	src/collector/keep/look_events.c \
	src/collector/keep/where.c \
	src/collector/serve/serve.c \
	src/collector/serve/http.c \
	src/collector/serve/auth.c \
	src/collector/serve/users.c \
	src/collector/serve/filter.c \
	src/collector/serve/alerts.c \
	src/collector/serve/fleet.c
