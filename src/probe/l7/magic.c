/* SPDX-License-Identifier: Apache-2.0 */
#include "magic.h"

#include <magic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"

#define ASKED_MAX 32
#define HEAD_MAX 1024
#define TYPE_MAX 256

/* What libmagic said of a beginning. */
struct asked {
	size_t n; /* bytes of it; 0: none yet */
	bool told;
	uint8_t head[HEAD_MAX];
	char type[TYPE_MAX];
};

/* The same files go to many clients, and an answer costs as much as some hundred packets: those
 * given last are kept, each in the place that its beginning hashes to. */
struct magic {
	magic_t cookie;
	struct asked asked[ASKED_MAX];
};

struct magic *
magic_new(void)
{
	struct magic *m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	/* only a beginning is looked at: nothing to unpack or to read on in */
	m->cookie = magic_open(MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR |
			       MAGIC_NO_CHECK_TOKENS | MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_ELF);
	if (m->cookie && magic_load(m->cookie, NULL) == 0)
		return m;
	magic_free(m);
	return NULL;
}

void
magic_free(struct magic *m)
{
	if (!m)
		return;
	if (m->cookie)
		magic_close(m->cookie);
	free(m);
}

/* Is it text? NULL when it is not. A character that is cut at the end is none the less one. */
static const char *
plain_text(struct view v)
{
	struct cursor c = cursor_of_view(v);
	bool ascii = true;
	uint8_t b;
	int follow = 0;
	while (cursor_u8(&c, &b)) {
		if (follow) {
			if ((b & 0xc0) != 0x80)
				return NULL;
			follow--;
		} else if (b >= 0x80) {
			ascii = false;
			follow = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1;
			if (b < 0xc2 || b > 0xf4)
				return NULL;
		} else if (b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\f' &&
			   b != 0x1b) {
			return NULL;
		}
	}
	return ascii ? "ASCII text" : "UTF-8 text";
}

/* First bytes that say enough by themselves, and those that libmagic shall look at. */
static const struct {
	uint8_t at, n;
	const char *bytes;
	const char *name; /* NULL: ask libmagic */
} known[] = {
	{ 0, 3, "\xff\xd8\xff", "JPEG image data" },
	{ 0, 8, "\x89PNG\r\n\x1a\n", "PNG image data" },
	{ 0, 4, "GIF8", "GIF image data" },
	{ 8, 4, "WEBP", "RIFF (little-endian) data, Web/P image" },
	{ 8, 4, "WAVE", "RIFF (little-endian) data, WAVE audio" },
	{ 8, 4, "AVI ", "RIFF (little-endian) data, AVI" },
	{ 4, 4, "ftyp", "ISO Media" },
	{ 0, 4, "wOFF", "Web Open Font Format" },
	{ 0, 4, "wOF2", "Web Open Font Format (Version 2)" },
	{ 0, 4, "OggS", "Ogg data" },
	{ 0, 3, "ID3", "Audio file with ID3" },
	{ 0, 3, "FLV", "Macromedia Flash Video" },
	{ 0, 4, "\x1a\x45\xdf\xa3", "Matroska data" },
	{ 0, 4, "\0\0\1\0", "MS Windows icon resource" },
	{ 0, 2, "MZ", NULL },
	{ 0, 4,
	    "\x7f"
	    "ELF",
	    NULL },
	{ 0, 4, "\xca\xfe\xba\xbe", NULL }, /* Java class, Mach-O */
	{ 0, 4, "\xcf\xfa\xed\xfe", NULL }, /* Mach-O */
	{ 0, 4, "\xce\xfa\xed\xfe", NULL },
	{ 0, 4, "dex\n", NULL },
	{ 0, 4, "\0asm", NULL },
	{ 0, 4, "\xac\xed\0\5", NULL }, /* Java serialisation */
	{ 0, 4, "%PDF", NULL },
	{ 0, 5, "{\\rtf", NULL },
	{ 0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", NULL }, /* OLE */
	{ 0, 8, "L\0\0\0\1\x14\2\0", NULL },                /* shortcut */
	{ 0, 4, "ITSF", NULL },                             /* CHM */
	{ 0, 2, "PK", NULL },
	{ 0, 4, "Rar!", NULL },
	{ 0, 6, "7z\xbc\xaf\x27\x1c", NULL },
	{ 0, 3, "\x1f\x8b\x08", NULL },
	{ 0, 3, "BZh", NULL },
	{ 0, 6,
	    "\xfd"
	    "7zXZ\0",
	    NULL },
	{ 0, 4, "\x28\xb5\x2f\xfd", NULL }, /* zstd */
	{ 0, 4, "MSCF", NULL },
	{ 0, 3, "CWS", NULL },
	{ 0, 3, "FWS", NULL },
	{ 0, 4, "!<ar", NULL },
	{ 0, 4, "\xed\xab\xee\xdb", NULL }, /* RPM */
	{ 0, 2, "#!", NULL },
	{ 0, 5, "<?php", NULL },
	{ 0, 16, "SQLite format 3\0", NULL },
	{ 0, 4, "\xd4\xc3\xb2\xa1", NULL }, /* captures */
	{ 0, 4, "\xa1\xb2\xc3\xd4", NULL },
	{ 0, 4, "\x0a\x0d\x0d\x0a", NULL },
};

/* The row that fits; NULL when none does. */
static const char *const *
row_of(struct view head)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct cursor c = cursor_of_view(head);
		struct view v;
		if (cursor_skip(&c, known[i].at) && cursor_take(&c, known[i].n, &v) &&
		    memcmp(v.ptr, known[i].bytes, v.len) == 0)
			return &known[i].name;
	}
	return NULL;
}

static const char *
ask(struct magic *m, struct view head)
{
	struct asked *a = &m->asked[hash_fast(HASH_KEY_FIXED, head.ptr, head.len) % ASKED_MAX];
	const char *type;

	if (a->n && a->n == head.len && memcmp(a->head, head.ptr, head.len) == 0)
		return a->told ? a->type : NULL;
	type = magic_buffer(m->cookie, head.ptr, head.len);
	size_t n = type ? strlen(type) : 0;
	if (head.len > HEAD_MAX || n >= TYPE_MAX)
		return type;
	a->n = head.len;
	a->told = type;
	memcpy(a->head, head.ptr, head.len);
	memcpy(a->type, type ? type : "", n + 1);
	return type;
}

const char *
magic_of(struct magic *m, struct view head, enum l7_types which)
{
	const char *const *row = row_of(head), *text;
	if (which == L7_TYPES_ALL || (row && !*row))
		return ask(m, head);
	if (row)
		return *row;
	text = plain_text(head);
	if (text || which == L7_TYPES_NOTABLE)
		return text;
	return ask(m, head);
}
