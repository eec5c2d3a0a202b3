# SPDX-License-Identifier: Apache-2.0
# The command line for people.
CLI_SRC := \
	src/cli/main.c
