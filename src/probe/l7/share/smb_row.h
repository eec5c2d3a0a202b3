/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smb_row: what the parts of SMB's row share.
 *
 *	smb_row.c   frames, gaps, data of files as it streams by
 *	smb2_row.c  requests and responses of SMB 2 and 3     smb1_row.c  of SMB 1
 *	smb_tx.c    transactions, shares, open files, pipes   smb_write.c the record
 *
 * A flow's transactions wait for their responses in state->txs. Shares and open files live as long
 * as they are known; requests that make no record (READ, the later WRITEs) are struct smb_ask. All
 * of them come from the slab of SMB's transactions.
 */
#ifndef WANGLOU_PROBE_L7_SHARE_SMB_ROW_H
#define WANGLOU_PROBE_L7_SHARE_SMB_ROW_H

#include "../files.h"
#include "smb_tx.h"

#define SMB_TREES 64
#define SMB_OPENS 256
#define SMB_ASKS 256
#define SMB_TEXT 1000  /* bytes of a name kept */
#define SMB_WHOLE 8192 /* a longer message is read from its beginning */

struct smb_tree {
	struct smb_tree *next;
	struct bag bag;
	uint64_t session;
	uint32_t tree;
	uint8_t type; /* 1 disk, 2 pipe, 3 printer */
	struct view name;
};

/* DCERPC over a pipe; bytes of fragments that are not whole yet wait in held. */
struct smb_pipe {
	struct dce_contexts contexts;
	struct hold held[2];
	uint32_t skip[2];
	bool third;   /* a BIND is answered, but NTLM's third message is to come (AUTH3) */
	bool foreign; /* something else than DCERPC */
};

struct smb_open {
	struct smb_open *next;
	struct bag bag;
	uint32_t tree;
	uint8_t fid[SMB2_FID];
	bool is_pipe, size_known;
	bool overlap;  /* written twice at the same place: said */
	uint64_t size; /* when it was opened */
	struct view name;
	struct smb_pipe *pipe;
	struct smb_tx *tx[2]; /* by direction of the data: WRITE, READ */
	struct l7_file *file[2];
};

/* A request whose answer is needed, but that is no transaction. */
struct smb_ask {
	struct smb_ask *next;
	uint64_t message; /* SMB1: multiplex and process */
	uint64_t offset;
	uint32_t length;
	uint16_t command;
	uint8_t fid[SMB2_FID];
};

union smb_slot {
	struct smb_tx tx;
	struct smb_tree tree;
	struct smb_open open;
	struct smb_ask ask;
	struct smb_pipe pipe;
};

/* A message under way. */
struct smb_message {
	struct view bytes; /* as much as is there */
	uint32_t length;
	enum dir dir;
	uint8_t version;
	struct smb2_header h2;
	struct smb1_header h1;
};

/* A direction: frame > message > data of a file that streams by. */
struct smb_way {
	bool framed;      /* frames of the message to come were said */
	uint32_t frame;   /* bytes of the frame behind the message under way */
	uint32_t message; /* bytes of that message still to come */
	uint32_t body;    /* of these, data of a file */
	uint64_t offset;  /* of the next data */
	uint8_t fid[SMB2_FID];
	struct smb_message head; /* of that message; its bytes are gone */
	bool searching;          /* bytes are missing: where the next frame begins is not known */
};

struct smb_state {
	struct l7_items txs;
	const char *dialect; /* NULL: not seen */
	struct smb_tree *trees;
	struct smb_open *opens;
	struct smb_ask *asks;
	uint16_t tree_n, open_n, ask_n;
	bool heard[2], sealed;
	uint8_t last_fid[SMB2_FID]; /* of the CREATE that answered last, for related requests */
	struct smb_way way[2];
};

/* What all functions need. */
struct smb {
	struct l7 *l;
	struct l7_flow *lf;
	struct smb_state *s;
};

/* ---- smb_tx.c ---- */

/* A transaction of this request; NULL: no memory. The oldest gives way at the cap. */
struct smb_tx *
smb_tx_new(const struct smb *m, const struct smb_message *msg, enum smb_kind kind);

/* The transaction that a response answers; NULL: none waits. */
struct smb_tx *
smb_tx_find(const struct smb *m, const struct smb_message *msg);

/* Status, session and tree of the response. */
void
smb_tx_answered(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg);
void
smb_tx_done(const struct smb *m, struct smb_tx *tx, uint8_t ready, enum dir dir);

/* A text of the wire in the transaction's bag, as UTF-8. */
struct view
smb_text(const struct smb *m, struct bag *bag, struct view from, bool unicode);

/* Take the security token of a SESSION_SETUP or a NEGOTIATE into a transaction. */
void
smb_token(const struct smb *m, struct smb_tx *tx, struct view token);

struct smb_ask *
smb_ask_new(const struct smb *m, uint16_t command, uint64_t message, struct view fid);
/* Take it out of the list into *out. */
bool
smb_ask_take(const struct smb *m, uint64_t message, struct smb_ask *out);

struct smb_tree *
smb_tree_find(const struct smb *m, uint32_t tree);
void
smb_tree_new(const struct smb *m, const struct smb_tx *tx);
void
smb_tree_drop(const struct smb *m, uint32_t tree);

struct smb_open *
smb_open_find(const struct smb *m, const uint8_t *fid);
/* Found, or made without a name. NULL: no memory. */
struct smb_open *
smb_open_get(const struct smb *m, const uint8_t *fid, uint32_t tree);
/* It is closed: its files and transactions are complete. */
void
smb_open_close(const struct smb *m, struct smb_open *o, enum l7_file_end end, enum dir dir);

/* Data of a file or pipe at an offset. `gap` bytes are missing instead when bytes.ptr is NULL. */
void
smb_data(const struct smb *m, struct smb_open *o, const struct smb_message *msg, enum dir dir,
    uint64_t offset, struct view bytes);
void
smb_data_gap(const struct smb *m, struct smb_open *o, enum dir dir, uint64_t offset, uint64_t n);
void
smb_pipe_data(const struct smb *m, struct smb_open *o, const struct smb_message *msg, enum dir dir,
    struct view bytes);

/* Everything, at the end of the flow, with or without records. */
void
smb_all_done(const struct smb *m);
void
smb_all_drop(const struct smb *m);

/* ---- smb2_row.c, smb1_row.c ---- */

/* How many bytes of the message must be there to read it, at most its length. */
size_t
smb2_wanted(const struct smb_message *msg);
size_t
smb1_wanted(const struct smb_message *msg);
/* Data that streams by behind msg->bytes is told in m->s->way[msg->dir]. */
void
smb2_take(const struct smb *m, const struct smb_message *msg);
void
smb1_take(const struct smb *m, const struct smb_message *msg);

/* Begin with the data of a READ or WRITE: what of it is in the message, the rest streams by. */
void
smb_data_begin(const struct smb *m, struct smb_open *o, const struct smb_message *msg,
    uint64_t offset, uint32_t at, uint32_t length);

/* ---- smb_look.c ---- */
bool
smb_buffer(const void *tx, const struct l7_ask *ask, struct view *out);
bool
smb_number(const void *tx, const struct l7_ask *ask, uint64_t *out);

/* ---- smb_write.c ---- */
void
smb_write(const void *tx, struct jw *w);
enum l7_login
smb_login(const void *tx);

#endif
