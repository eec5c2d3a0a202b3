/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_tds: Tabular Data Stream of SQL Server ([MS-TDS]) and Sybase (TDS 5.0 functional
 * specification), as far as it is in clear.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_TDS_H
#define WANGLOU_PROBE_L7_TDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

enum tds_type {
	TDS_BATCH = 1,
	TDS_LOGIN = 2, /* before TDS 7 */
	TDS_RPC = 3,
	TDS_RESPONSE = 4,
	TDS_ATTENTION = 6,
	TDS_BULK = 7,
	TDS_FEDAUTH = 8,
	TDS_TRANSACTION = 14,
	TDS_QUERY5 = 15,
	TDS_LOGIN7 = 16,
	TDS_SSPI = 17,
	TDS_PRELOGIN = 18
};

#define TDS_HEADER 8
#define TDS_LAST 1 /* status: the message ends with this packet */

struct tds_header {
	uint8_t type, status, id, window;
	uint16_t length, spid;
};

struct tds_prelogin {
	bool has_version, has_encryption;
	uint8_t version[2];
	uint16_t build;
	uint8_t encryption; /* 0 off, 1 on, 2 not supported, 3 required */
	struct view instance;
};

/* Texts are UTF-16LE but for logins before TDS 7. */
struct tds_login {
	bool wide;
	uint32_t version; /* 0x74000004; 0 before TDS 7 */
	struct view host, user, app, server, library, language, database;
	bool integrated;
};

/* The token behind the ones before it. */
struct tds_token {
	uint8_t type;
	struct view body;
};

struct tds_error {
	uint32_t number;
	uint8_t state, level;
	struct view message, server, procedure; /* UTF-16LE */
};

struct tds_done {
	uint16_t status; /* 0x10: rows is meant; 2: error */
	uint64_t rows;
};

/* The header. Returns 8, L7_MORE or L7_BAD. */
long
tds_header(struct view bytes, struct tds_header *out);

/* A prelogin of either side ([MS-TDS] 2.2.6.5). False: no list of options. */
bool
tds_prelogin(struct view body, struct tds_prelogin *out);

/* LOGIN7, or the fixed record of older versions. The password is not in it. */
bool
tds_login7(struct view body, struct tds_login *out);
bool
tds_login5(struct view body, struct tds_login *out);

/* A request's body behind the headers that TDS 7.2 and later put before it. */
struct view
tds_without_headers(struct view body);

/* The procedure an RPC calls: its name (UTF-16LE) or a number's; the statement, when it is one of
 * those that carry one. */
bool
tds_rpc(struct view body, struct view *name, const char **known, struct view *statement);

/* The next token that says its length; false at others. `wide`: TDS 7.2 and later. */
bool
tds_token(struct cursor *c, bool wide, struct tds_token *out);

/* Body of an ERROR token ([MS-TDS] 2.2.7.10); false when short. */
bool
tds_error(struct view body, struct tds_error *out);

/* LOGINACK: version, program (UTF-16LE). */
bool
tds_loginack(struct view body, uint32_t *version, struct view *program, uint8_t build[4]);

/* The DONE a response ends with. */
bool
tds_last_done(struct view body, bool wide, struct tds_done *out);

/* UTF-16LE to UTF-8; returns bytes written. What is no character becomes U+FFFD. */
size_t
tds_utf8(struct view from, uint8_t *to, size_t room);

#endif
