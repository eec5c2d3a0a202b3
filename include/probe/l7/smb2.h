/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_smb2: messages of SMB 2 and 3 ([MS-SMB2] 2.2). Pure: views into the message out, no
 * allocation. A message begins with its 64-byte header; offsets inside count from there. It may be
 * cut: what is not there is absent (ptr NULL). Any thread.
 */
#ifndef WANGLOU_PROBE_L7_SMB2_H
#define WANGLOU_PROBE_L7_SMB2_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "probe/l7/parse.h"

enum smb2_command {
	SMB2_NEGOTIATE = 0,
	SMB2_SESSION_SETUP = 1,
	SMB2_LOGOFF = 2,
	SMB2_TREE_CONNECT = 3,
	SMB2_TREE_DISCONNECT = 4,
	SMB2_CREATE = 5,
	SMB2_CLOSE = 6,
	SMB2_FLUSH = 7,
	SMB2_READ = 8,
	SMB2_WRITE = 9,
	SMB2_LOCK = 10,
	SMB2_IOCTL = 11,
	SMB2_CANCEL = 12,
	SMB2_ECHO = 13,
	SMB2_QUERY_DIRECTORY = 14,
	SMB2_CHANGE_NOTIFY = 15,
	SMB2_QUERY_INFO = 16,
	SMB2_SET_INFO = 17,
	SMB2_OPLOCK_BREAK = 18
};

#define SMB2_HEADER 64
#define SMB2_FID 16

#define SMB2_FLAG_RESPONSE 0x01u
#define SMB2_FLAG_ASYNC 0x02u
#define SMB2_FLAG_RELATED 0x04u
#define SMB2_FLAG_SIGNED 0x08u

#define SMB_STATUS_PENDING 0x00000103u
#define SMB_STATUS_BUFFER_OVERFLOW 0x80000005u
#define SMB_STATUS_MORE_PROCESSING 0xc0000016u

struct smb2_header {
	uint16_t command, credits;
	uint32_t status, flags, next, tree;
	uint64_t message, session;
	bool response;
};

/* The header; L7_MORE under 64 bytes, L7_BAD when it is none. Returns 64. */
long
smb2_header(struct view message, struct smb2_header *out);

struct smb2_negotiate {
	struct view dialects; /* of the request: two bytes each, LE */
	struct view guid;     /* 16 bytes: the client's, or the server's */
	uint16_t dialect;     /* of the response */
	uint16_t security;    /* mode: 1 signing on, 2 required */
	uint32_t capabilities, max_transact, max_read, max_write;
	struct view token;
};
bool
smb2_negotiate(struct view message, bool response, struct smb2_negotiate *out);

/* Security token of a SESSION_SETUP; *flags of a response: 1 guest, 2 nobody, 4 encrypt. */
bool
smb2_session_setup(struct view message, bool response, uint16_t *flags, struct view *token);

/* Path of a TREE_CONNECT (UTF-16LE); share type of its response: 1 disk, 2 pipe, 3 printer. */
bool
smb2_tree_connect(struct view message, struct view *path);
bool
smb2_tree_answer(struct view message, uint8_t *type);

struct smb2_create {
	uint32_t access, disposition, options, attributes;
	struct view name; /* UTF-16LE */
};
bool
smb2_create(struct view message, struct smb2_create *out);

struct smb2_created {
	uint64_t created, accessed, written, changed; /* FILETIME */
	uint64_t size;
	uint32_t action, attributes;
	struct view fid;
};
bool
smb2_created(struct view message, struct smb2_created *out);

/* File id of a request that names a file (CLOSE, READ, FLUSH, LOCK and so on); ptr NULL for
 * commands without one. */
struct view
smb2_fid(struct view message, uint16_t command);

/* READ's and WRITE's parameters; data_at and data_len of WRITE's request and READ's response. */
struct smb2_io {
	struct view fid;
	uint64_t offset;
	uint32_t length;  /* asked for, or bytes of data */
	uint32_t data_at; /* from the message's start */
};
bool
smb2_read(struct view message, struct smb2_io *out);
bool
smb2_read_answer(struct view message, struct smb2_io *out);
bool
smb2_write(struct view message, struct smb2_io *out);

/* IOCTL's function, file id and data (input of the request, output of the response). */
struct smb2_ioctl {
	uint32_t function;
	struct view fid, data;
};
bool
smb2_ioctl(struct view message, bool response, struct smb2_ioctl *out);

struct smb2_set_info {
	uint8_t type, class;
	struct view fid, data;
};
bool
smb2_set_info(struct view message, struct smb2_set_info *out);

/* The new name in FileRenameInformation (UTF-16LE). */
bool
smb2_rename(struct view data, struct view *name);

/* Pattern of a QUERY_DIRECTORY (UTF-16LE). */
bool
smb2_pattern(struct view message, struct view *pattern);

#endif
