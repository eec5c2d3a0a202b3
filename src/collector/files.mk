# SPDX-License-Identifier: Apache-2.0
# The collector in data-path order.
COLLECTOR_SRC := \
	src/collector/main.c
