/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_mysql: the client/server protocol of MySQL and MariaDB (MySQL internals manual, "Client/Server
 * Protocol"; MariaDB knowledge base, "Clientserver Protocol"), payload by payload.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_MYSQL_H
#define WANGLOU_PROBE_L7_MYSQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

#define MYSQL_CONNECT_WITH_DB 0x8u
#define MYSQL_COMPRESS 0x20u
#define MYSQL_PROTOCOL_41 0x200u
#define MYSQL_SSL 0x800u
#define MYSQL_SECURE 0x8000u
#define MYSQL_PLUGIN_AUTH 0x80000u
#define MYSQL_CONNECT_ATTRS 0x100000u
#define MYSQL_LENENC_AUTH 0x200000u
#define MYSQL_DEPRECATE_EOF 0x1000000u
#define MYSQL_ZSTD 0x4000000u

enum mysql_command {
	MYSQL_QUIT = 1,
	MYSQL_INIT_DB = 2,
	MYSQL_QUERY = 3,
	MYSQL_FIELD_LIST = 4,
	MYSQL_CREATE_DB = 5,
	MYSQL_DROP_DB = 6,
	MYSQL_STATISTICS = 9,
	MYSQL_CHANGE_USER = 17,
	MYSQL_BINLOG_DUMP = 18,
	MYSQL_PREPARE = 22,
	MYSQL_EXECUTE = 23,
	MYSQL_LONG_DATA = 24,
	MYSQL_STMT_CLOSE = 25,
	MYSQL_FETCH = 28
};

struct mysql_greeting {
	uint8_t protocol;
	struct view version, plugin;
	uint32_t thread, capabilities;
};

struct mysql_login {
	uint32_t capabilities;
	bool tls; /* a request for TLS: nothing else is known */
	struct view user, database, plugin;
	struct view attributes; /* pairs, see mysql_attribute */
};

/* OK, or EOF of old servers. */
struct mysql_ok {
	uint64_t affected, insert_id;
	uint16_t status, warnings;
};

#define MYSQL_MORE_RESULTS 0x8 /* status */

struct mysql_error {
	uint16_t code;
	struct view sqlstate; /* ptr NULL when there is none */
	struct view message;
};

/* Payload of the server's first packet. False when it is none. */
bool
mysql_greeting(struct view payload, struct mysql_greeting *out);

/* Payload of the client's answer, of protocol 4.1 or older. */
bool
mysql_login(struct view payload, struct mysql_login *out);

/* The next name and value of the attributes; false at the end. */
bool
mysql_attribute(struct cursor *c, struct view *name, struct view *value);

/* Payload of COM_CHANGE_USER behind the command byte. */
bool
mysql_change_user(struct view payload, struct mysql_login *out);

/* Payload that begins with 00 or fe; with_41: status and warnings follow. */
bool
mysql_ok(struct view payload, struct mysql_ok *out);

/* Payload fe of at most 8 bytes. */
bool
mysql_eof(struct view payload, struct mysql_ok *out);

/* Payload that begins with ff. */
bool
mysql_error(struct view payload, struct mysql_error *out);

/* A length-encoded integer; false when short, or for NULL (fb) and errors (ff). */
bool
mysql_lenenc(struct cursor *c, uint64_t *out);

/* "Query"; NULL for numbers that are no command. */
const char *
mysql_command_name(uint8_t command);

#endif
