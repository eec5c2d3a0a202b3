/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mime: a mail message as it streams by (RFC 5322, 2045 to 2047, 2231).
 *
 *	bytes --> fields of the header --> parts: text is searched for addresses of pages,
 *	                                          what else there is are files, decoded
 *
 * Pure: the state is fixed, what is found goes to the sink while mime_feed() runs. Bytes that are
 * not used come again with more behind them; at most MIME_FIELD_MAX need to be kept.
 */
#ifndef WANGLOU_PROBE_L7_MIME_H
#define WANGLOU_PROBE_L7_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

#define MIME_FIELD_MAX 8192  /* bytes of one field of the header; what is behind them is skipped */
#define MIME_LINE_MAX 2048   /* bytes of a line of the body that are waited for */
#define MIME_NAME_MAX 255    /* bytes of a file's name */
#define MIME_URL_MAX 512     /* bytes of an address */
#define MIME_DEPTH 8         /* multiparts in each other */
#define MIME_BOUNDARIES 560  /* bytes of their boundaries, all together; RFC 2046 has 70 for one */
#define MIME_BOUNDARY_MAX 70 /* RFC 2046, 5.1.1 */

enum mime_odd {
	MIME_ODD_MALFORMED,   /* a line in the header that is no field; a multipart without boundary
			       */
	MIME_ODD_BASE64,      /* characters that are not of base64 */
	MIME_ODD_QP,          /* an escape that is none */
	MIME_ODD_LINE,        /* above 998 bytes (RFC 5322, 2.1.1) */
	MIME_ODD_ENC_LINE,    /* the same, of an encoded part */
	MIME_ODD_HEADER_NAME, /* above 126 bytes */
	MIME_ODD_HEADER_VALUE, /* above MIME_FIELD_MAX */
	MIME_ODD_BOUNDARY,     /* above 70 bytes */
	MIME_ODD_FILENAME,     /* above MIME_NAME_MAX */
	MIME_ODD_DEPTH,        /* more multiparts in each other than are followed */
	MIME_ODDS
};

/* EVE's name of the anomaly. */
const char *
mime_odd_name(enum mime_odd odd);

/* What a message is told to; all must be there. Views live as long as the call. */
struct mime_sink {
	void *to;
	/* A field of the message's own header; the value as sent, still folded. */
	void (*field)(void *to, struct view name, struct view value);
	void (*file)(void *to, struct view name); /* a file begins; its name may be empty */
	void (*bytes)(void *to, struct view bytes);
	void (*file_end)(void *to);
	void (*url)(void *to, struct view url);
	void (*odd)(void *to, enum mime_odd odd); /* each once a message */
};

enum mime_state { MIME_HEAD, MIME_BODY, MIME_DONE };

struct mime {
	uint8_t state;    /* enum mime_state */
	uint8_t kind;     /* of the part under way, see mime.c */
	uint8_t encoding; /* of it, see mime.c */
	uint8_t depth;    /* multiparts open */
	bool dots;     /* lines are stuffed with dots and one of a dot ends it (RFC 5321, 4.5.2) */
	bool top;      /* the header under way is the message's own */
	bool fields;   /* it has one */
	bool mid;      /* what comes is not the beginning of a line */
	bool attached; /* Content-Disposition: attachment */
	bool file;     /* one is open */
	uint8_t eol;   /* bytes of a line ending not given out yet, it may belong to a boundary */
	uint8_t bit_n; /* base64: characters waiting */
	uint32_t bits;
	uint16_t odds; /* bit an enum mime_odd */
	uint16_t name_len, url_len, boundary_new, boundary_used;
	uint8_t url_at; /* letters of "https://" seen */
	uint8_t boundary_len[MIME_DEPTH];
	char boundary[MIME_BOUNDARIES];
	char name[MIME_NAME_MAX];
	char url[MIME_URL_MAX];
};

/* A message begins. */
void
mime_begin(struct mime *m, bool dots);

/*
 * The next bytes. Returns bytes used. `last`: no more will come, all are used. With dots, the end
 * of the message ends it: m->state is MIME_DONE and the rest is not its own.
 */
size_t
mime_feed(struct mime *m, struct view bytes, bool last, const struct mime_sink *sink);

/* The message ends here. */
void
mime_end(struct mime *m, const struct mime_sink *sink);

/* Bytes are missing. */
void
mime_gap(struct mime *m);

/* ---- texts of the header ---- */

/*
 * Unfold and decode encoded words (RFC 2047; UTF-8, ASCII, Latin-1 and Windows-1252, others stay as
 * they are). Returns bytes written, at most room.
 */
size_t
mime_text(struct view value, char *out, size_t room);

/*
 * A parameter of Content-Type or Content-Disposition, decoded (RFC 2231, and RFC 2047 as many
 * send). Returns its length, which may be above room; 0 when there is none.
 */
size_t
mime_param(struct view value, const char *name, char *out, size_t room);

/* The next address of a list; the cursor moves behind it. False at the end. */
bool
mime_address(struct cursor *list, struct view *one);

/* ---- encodings ---- */

/* The value of a base64 character, 64 for '=', negative for others. */
int
mime_base64(uint8_t b);

/* Decode base64 text without line breaks. Returns bytes written, at most room; -1: not base64. */
long
mime_base64_text(struct view text, uint8_t *out, size_t room);

/* ---- addresses of pages ---- */

/* Search decoded text; an address may go on in the next piece. */
void
mime_url_feed(struct mime *m, struct view text, const struct mime_sink *sink);

/* The text ends. */
void
mime_url_end(struct mime *m, const struct mime_sink *sink);

#endif
