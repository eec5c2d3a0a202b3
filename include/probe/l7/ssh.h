/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_ssh: the readable part of SSH: greetings and KEXINIT (RFC 4253), HASSH of both sides, and what
 * packet sizes say about a login (RFC 4252).
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_SSH_H
#define WANGLOU_PROBE_L7_SSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

enum ssh_message { SSH_MSG_KEXINIT = 20, SSH_MSG_NEWKEYS = 21 };

struct ssh_greeting {
	struct view proto;    /* "2.0" */
	struct view software; /* "OpenSSH_9.2p1", without comments */
};

/* Name lists of a KEXINIT, still joined by commas. Index: 0 client to server, 1 server to client.
 */
struct ssh_kexinit {
	struct view kex, host_key;
	struct view cipher[2], mac[2], compression[2];
};

/*
 * The identification line, and up to `lines` other lines that a server may send before it (RFC
 * 4253, 4.2). Returns bytes used, L7_MORE or L7_BAD.
 */
long
ssh_greeting(struct view bytes, unsigned lines, struct ssh_greeting *out);

/* One packet before encryption (RFC 4253, 6): message number and what follows it. Bytes used,
 * L7_MORE or L7_BAD. */
long
ssh_packet(struct view bytes, uint8_t *message, struct view *rest);

/* What follows the message number of a KEXINIT (RFC 4253, 7.1). Bytes used or L7_BAD. */
long
ssh_kexinit(struct view rest, struct ssh_kexinit *out);

/* HASSH (side 0, client) or HASSHServer (side 1): MD5 of its text. Returns the text's length, 0
 * when room was too small. */
#define SSH_HASSH_TEXT 2048
size_t
ssh_hassh(const struct ssh_kexinit *k, unsigned side, char *text, size_t room, uint8_t md5[16]);

/*
 * The bytes on the wire of an encrypted packet with `payload` bytes in the server's direction, with
 * the algorithms that both sides agree on (RFC 4253, 7.1: the client's first that the server has).
 * 0 when an algorithm is not known here or compression is on from the start.
 */
unsigned
ssh_sealed(const struct ssh_kexinit *client, const struct ssh_kexinit *server, unsigned payload);

#endif
