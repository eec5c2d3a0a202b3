# SPDX-License-Identifier: Apache-2.0
# The probe in data-path order: the table of contents.
PROBE_SRC := \
	src/probe/capture/capture.c \
	src/probe/capture/files.c \
	src/probe/capture/live.c \
	src/probe/capture/reader.c \
	src/probe/capture/walk.c \
	src/probe/learn/geo.c \
	src/probe/learn/learn.c \
	src/probe/learn/segments.c \
	src/probe/notice/guess.c \
	src/probe/notice/notice.c \
	src/probe/notice/scan.c \
	src/probe/notice/table.c \
	src/probe/main.c
