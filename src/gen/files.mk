# SPDX-License-Identifier: Apache-2.0
# Makes schema, reference pages and example configuration from the tables.
GEN_SRC := \
	src/gen/main.c \
	src/gen/table.c \
	src/probe/options.c \
	src/collector/options.c \
	src/lib/conf.c \
	src/lib/conf_print.c \
	src/lib/conf_row.c \
	src/lib/err.c
