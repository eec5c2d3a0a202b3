#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The fuzz targets, one a line.
cd "$(dirname "$0")/../.." || exit 1
awk '/^FUZZ \+=/ { for (i = 3; i <= NF; i++) print $i }
	/^FUZZ_ROWS \+=/ { for (i = 3; i <= NF; i++) print "row_" $i }' tests/fuzz/*.mk
