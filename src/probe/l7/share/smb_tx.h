/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smb_tx: a transaction of SMB, as smb_row.c and its helpers fill it and smb_write.c writes it.
 * Texts are UTF-8 in the transaction's bag. One thread.
 */
#ifndef WANGLOU_PROBE_L7_SHARE_SMB_TX_H
#define WANGLOU_PROBE_L7_SHARE_SMB_TX_H

#include "../item.h"
#include "dce.h"
#include "probe/l7/smb1.h"
#include "probe/l7/smb2.h"
#include "smb_names.h"

enum smb_kind {
	SMB_PLAIN,
	SMB_NEGOTIATE,
	SMB_SETUP,
	SMB_TREE,
	SMB_CREATE,
	SMB_FILE, /* all READs or WRITEs of an open file */
	SMB_PIPE, /* a DCERPC call */
	SMB_IOCTL,
	SMB_RENAME,
	SMB_DELETE,
	SMB_FIND,
	SMB_SEALED /* encrypted or compressed from here on */
};

struct smb_negotiated {
	struct view dialects; /* as sent: SMB2's numbers, or SMB1's texts */
	struct view client_guid, server_guid;
	uint32_t max_read, max_write;
	bool answered, signing;
};

struct smb_setup {
	struct ntlm_text *ntlm;
	struct view realm, sname;               /* of a ticket; sname: contents for gss_sname */
	struct view native_os[2], native_lm[2]; /* request, response */
	bool kerberos, guest, final;
};

struct smb_create {
	uint32_t disposition, action, access;
	uint64_t created, accessed, modified, changed, size;
	bool remove, directory, opened;
};

struct smb_tx {
	struct l7_item item;
	uint8_t kind;    /* enum smb_kind */
	uint8_t version; /* 1, 2 */
	bool replied, dos, pipe, share_known;
	uint8_t share_type, fid_n;
	uint16_t command;
	uint16_t multiplex;
	uint32_t status, tree, function;
	uint64_t session, message;
	const char *dialect;
	struct view name, to; /* file, share, pattern; new name */
	struct view directory;
	struct view service[2]; /* SMB1 tree connect */
	uint8_t fid[SMB2_FID];
	union {
		struct smb_negotiated negotiated;
		struct smb_setup setup;
		struct smb_create create;
		struct dce_call call;
	};
};

#endif
