# SPDX-License-Identifier: Apache-2.0
# One row a target: FUZZ += NAME, NAME_fuzz_SRC := what it links, NAME_fuzz_LIBS := libraries.

FUZZ += seglog
seglog_fuzz_SRC := src/lib/seglog.c src/lib/seglog_file.c src/lib/seglog_read.c src/lib/buf.c src/lib/crc32c.c \
	src/lib/err.c

FUZZ += frame
frame_fuzz_SRC := src/wire/frame.c src/lib/buf.c src/lib/compress.c src/lib/crc32c.c
frame_fuzz_LIBS := -lzstd

FUZZ += pick
pick_fuzz_SRC := src/collector/keep/pick.c
