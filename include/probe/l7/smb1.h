/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_smb1: messages of SMB 1 ([MS-CIFS] 2.2, [MS-SMB]). Pure: views into the message out, no
 * allocation. A message begins with its 32-byte header. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_SMB1_H
#define WANGLOU_PROBE_L7_SMB1_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "probe/l7/parse.h"

enum smb1_command {
	SMB1_CREATE_DIRECTORY = 0x00,
	SMB1_DELETE_DIRECTORY = 0x01,
	SMB1_OPEN = 0x02,
	SMB1_CREATE = 0x03,
	SMB1_CLOSE = 0x04,
	SMB1_DELETE = 0x06,
	SMB1_RENAME = 0x07,
	SMB1_CHECK_DIRECTORY = 0x10,
	SMB1_QUERY_INFORMATION = 0x08,
	SMB1_READ = 0x0a,
	SMB1_WRITE = 0x0b,
	SMB1_TRANS = 0x25,
	SMB1_ECHO = 0x2b,
	SMB1_WRITE_AND_CLOSE = 0x2c,
	SMB1_OPEN_ANDX = 0x2d,
	SMB1_READ_ANDX = 0x2e,
	SMB1_WRITE_ANDX = 0x2f,
	SMB1_TRANS2 = 0x32,
	SMB1_TREE_DISCONNECT = 0x71,
	SMB1_NEGOTIATE = 0x72,
	SMB1_SESSION_SETUP_ANDX = 0x73,
	SMB1_LOGOFF_ANDX = 0x74,
	SMB1_TREE_CONNECT_ANDX = 0x75,
	SMB1_NT_TRANS = 0xa0,
	SMB1_NT_CREATE_ANDX = 0xa2,
	SMB1_NT_CANCEL = 0xa4
};

#define SMB1_HEADER 32
#define SMB1_NONE 0xff /* AndX: no command follows */

#define SMB1_FLAGS2_UNICODE 0x8000u
#define SMB1_FLAGS2_NT_STATUS 0x4000u
#define SMB1_FLAGS2_SECURITY 0x0800u

struct smb1_header {
	uint8_t command, flags;
	uint16_t flags2, tree, user, multiplex;
	uint32_t status, process;
	bool response, unicode;
};

/* One command of a message; the further ones hang on it by AndX. */
struct smb1_block {
	uint8_t command;
	uint8_t next;      /* AndX: command that follows, or SMB1_NONE */
	uint16_t next_at;  /* where its block is, from the message's start */
	struct view words; /* parameters, AndX header included */
	struct view bytes; /* data; may be cut */
	size_t bytes_at;   /* where they begin in the message */
};

/* The header; L7_MORE under 32 bytes, L7_BAD when it is none. Returns 32. */
long
smb1_header(struct view message, struct smb1_header *out);

/* The command at `at` in the message. False: its parameters are not all there. */
bool
smb1_block(struct view message, uint8_t command, size_t at, struct smb1_block *out);

/*
 * The next text of a block's data, up to its NUL or the end: UTF-16LE, aligned to the message, when
 * unicode, else bytes. *c runs over block->bytes.
 */
bool
smb1_text(const struct smb1_block *b, bool unicode, struct cursor *c, struct view *out);

/* READ_ANDX, WRITE_ANDX, READ, WRITE. */
struct smb1_io {
	uint16_t fid;
	uint64_t offset;
	uint32_t length;
	uint32_t data_at; /* of WRITE's request and READ's response; 0 none */
};
bool
smb1_read(const struct smb1_block *b, struct smb1_io *out);
bool
smb1_read_answer(const struct smb1_block *b, struct smb1_io *out);
bool
smb1_write(const struct smb1_block *b, struct smb1_io *out);

/* TRANSACTION, TRANSACTION2, NT_TRANSACT: of request or response. Views are absent when they are
 * not in this message. */
struct smb1_trans {
	uint16_t function; /* setup[0]; NT_TRANSACT: its function */
	uint16_t fid;      /* setup[1], of pipes */
	uint8_t setup_n;
	struct view parameters, data;
};
bool
smb1_trans(struct view message, const struct smb1_block *b, bool response, struct smb1_trans *out);

struct smb1_create {
	uint32_t access, disposition, options;
	struct view name;
};
bool
smb1_nt_create(const struct smb1_block *b, bool unicode, struct smb1_create *out);

struct smb1_created {
	uint16_t fid;
	uint64_t created, accessed, written, changed, size;
	uint16_t kind; /* 0 disk, 1 and 2 pipe */
};
bool
smb1_nt_created(const struct smb1_block *b, struct smb1_created *out);

#endif
