# SPDX-License-Identifier: Apache-2.0
# Makes schema, reference pages and example configuration from the tables.
GEN_SRC := \
	src/gen/main.c
