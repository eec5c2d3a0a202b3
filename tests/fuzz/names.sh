#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The fuzz targets, one a line.
cd "$(dirname "$0")/../.." || exit 1
make -s --no-print-directory fuzz-names
