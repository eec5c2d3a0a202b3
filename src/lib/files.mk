# SPDX-License-Identifier: Apache-2.0
# The shared library, alphabetical: no stage may be included from here.
LIB_SRC := \
	src/lib/addr.c \
	src/lib/buf.c \
	src/lib/cmdline.c \
	src/lib/compress.c \
	src/lib/conf.c \
	src/lib/conf_print.c \
	src/lib/conf_row.c \
	src/lib/crc32c.c \
	src/lib/crypt.c \
	src/lib/err.c \
	src/lib/gbk.c \
	src/lib/gunzip.c \
	src/lib/hash.c \
	src/lib/jread.c \
	src/lib/jw.c \
	src/lib/keys.c \
	src/lib/keytab.c \
	src/lib/keys_allowed.c \
	src/lib/log.c \
	src/lib/lpm.c \
	src/lib/mask.c \
	src/lib/md5.c \
	src/lib/mkdirs.c \
	src/lib/progress.c \
	src/lib/ringfile.c \
	src/lib/sandbox.c \
	src/lib/scratch.c \
	src/lib/seglog.c \
	src/lib/seglog_file.c \
	src/lib/seglog_read.c \
	src/lib/sha1.c \
	src/lib/sha256.c \
	src/lib/sha_x86.c \
	src/lib/slab.c \
	src/lib/yaml.c \
	src/lib/zsock.c

# For tests that link one of them.
SHA_SRC := src/lib/sha1.c src/lib/sha256.c src/lib/sha_x86.c
