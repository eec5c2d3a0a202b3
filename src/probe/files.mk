# SPDX-License-Identifier: Apache-2.0
# The probe in data-path order: the table of contents.
PROBE_SRC := \
	src/probe/main.c
