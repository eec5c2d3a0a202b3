# SPDX-License-Identifier: Apache-2.0
UNIT += l7_mime l7_smtp l7_pop3 l7_imap
l7_mime_SRC := $(addprefix src/probe/l7/mail/,mime.c mime_text.c mime_url.c sasl.c) src/lib/gbk.c
l7_smtp_SRC := $(L7_SRC)
l7_smtp_LIBS := $(L7_LIBS)
l7_pop3_SRC := $(L7_SRC)
l7_pop3_LIBS := $(L7_LIBS)
l7_imap_SRC := $(L7_SRC)
l7_imap_LIBS := $(L7_LIBS)
