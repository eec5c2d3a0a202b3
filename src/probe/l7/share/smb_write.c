/* SPDX-License-Identifier: Apache-2.0 */
/* The record of an SMB transaction, under EVE's names. */
#include <stdio.h>

#include "smb_row.h"
#include "wire/event.h"

#define FILETIME_1970 116444736000000000ull
#define FILETIME_SECOND 10000000u

#define STATUS_LOGON_FAILURE 0xc000006du

/* 16 bytes as EVE groups them: pairs little-endian up to the twelfth byte, the rest backwards. */
static void
guid_text(const uint8_t *g, char out[37])
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 9, 8, 11, 10, 15, 14, 13, 12 };
	char *at = out;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		at += snprintf(at, 3, "%02x", g[order[i]]);
	}
}

static void
write_guid(struct jw *w, const char *key, struct view guid)
{
	char text[37];
	if (guid.len != 16)
		return;
	guid_text(guid.ptr, text);
	jw_put_bytes(w, key, text, 36);
}

static void
write_text(struct jw *w, const char *key, struct view text)
{
	if (text.ptr)
		jw_put_bytes(w, key, text.ptr, text.len);
}

static void
write_status(const struct smb_tx *tx, struct jw *w)
{
	char text[24];
	if (!tx->replied)
		return;
	const char *name;
	if (tx->dos) {
		uint16_t code = (uint16_t)(tx->status >> 16);
		name = tx->status ? smb_dos_name((uint8_t)tx->status, code) : "STATUS_SUCCESS";
		(void)snprintf(text, sizeof(text), tx->status ? "0x%04x" : "0x%x", code);
	} else {
		name = smb_status_name(tx->status);
		(void)snprintf(text, sizeof(text), "0x%x", tx->status);
	}
	ev_key(w, smb, status);
	jw_word(w, name ? name : "UNKNOWN");
	ev_key(w, smb, status_code);
	jw_word(w, text);
}

static void
write_dialects(const struct smb_tx *tx, struct jw *w)
{
	struct cursor c = cursor_of_view(tx->negotiated.dialects);
	uint16_t number;
	uint8_t byte;
	if (!tx->negotiated.dialects.ptr)
		return;
	ev_key(w, smb, client_dialects);
	jw_array(w);
	if (tx->command == SMB1_NEGOTIATE) {
		while (cursor_u8(&c, &byte)) { /* buffer format */
			struct view name = { c.at, 0 };
			while (cursor_u8(&c, &byte) && byte)
				name.len++;
			jw_view(w, name);
		}
	} else {
		while (cursor_u16_le(&c, &number)) {
			const char *name = smb2_dialect(number);
			jw_text(w, name ? name : "unknown");
		}
	}
	jw_array_end(w);
}

static void
write_negotiated(const struct smb_tx *tx, struct jw *w)
{
	const struct smb_negotiated *n = &tx->negotiated;
	write_dialects(tx, w);
	write_guid(w, EV_KEY(smb, client_guid), n->client_guid);
	write_guid(w, EV_KEY(smb, server_guid), n->server_guid);
	if (!n->answered || !n->max_read)
		return;
	ev_key(w, smb, max_read_size);
	jw_u64(w, n->max_read);
	ev_key(w, smb, max_write_size);
	jw_u64(w, n->max_write);
	ev_key(w, smb, signing_required);
	jw_bool(w, n->signing);
}

static void
write_side(const struct smb_setup *s, int side, struct jw *w)
{
	if (!s->native_os[side].ptr)
		return;
	jw_key_n(w, side ? EV_KEY(smb, response) : EV_KEY(smb, request), side ? 8 : 7);
	jw_object(w);
	write_text(w, EV_KEY(smb_native, native_os), s->native_os[side]);
	write_text(w, EV_KEY(smb_native, native_lm), s->native_lm[side]);
	jw_object_end(w);
}

static void
write_setup(const struct smb_setup *s, struct jw *w)
{
	struct cursor c = cursor_of_view(s->sname);
	struct view part;
	if (s->kerberos) {
		ev_key(w, smb, kerberos);
		jw_object(w);
		write_text(w, EV_KEY(gss_kerberos, realm), s->realm);
		ev_key(w, gss_kerberos, snames);
		jw_array(w);
		while (gss_sname(&c, &part))
			jw_view(w, part);
		jw_array_end(w);
		jw_object_end(w);
	}
	if (s->ntlm) {
		ev_key(w, smb, ntlmssp);
		ntlm_write(s->ntlm, w);
	}
	if (s->guest) {
		ev_key(w, smb, guest);
		jw_bool(w, true);
	}
	write_side(s, 0, w);
	write_side(s, 1, w);
}

static void
write_tree(const struct smb_tx *tx, struct jw *w)
{
	static const char *const types[] = { "UNKNOWN", "FILE", "PIPE", "PRINT" };
	if (tx->name.ptr && tx->share_type == 2) {
		ev_key(w, smb, named_pipe);
		jw_view(w, tx->name);
	} else if (tx->name.ptr) {
		ev_key(w, smb, share);
		jw_view(w, tx->name);
	}
	if (tx->service[0].ptr || tx->service[1].ptr) {
		ev_key(w, smb, service);
		jw_object(w);
		write_text(w, EV_KEY(smb_service, request), tx->service[0]);
		write_text(w, EV_KEY(smb_service, response), tx->service[1]);
		jw_object_end(w);
	} else if (tx->share_known) {
		ev_key(w, smb, share_type);
		jw_word(w, types[tx->share_type < 4 ? tx->share_type : 0]);
	}
}

static uint64_t
seconds(uint64_t filetime)
{
	return filetime > FILETIME_1970 ? (filetime - FILETIME_1970) / FILETIME_SECOND : 0;
}

static void
write_create(const struct smb_tx *tx, struct jw *w)
{
	static const char *const dispositions[] = { "FILE_SUPERSEDE", "FILE_OPEN", "FILE_CREATE",
		"FILE_OPEN_IF", "FILE_OVERWRITE", "FILE_OVERWRITE_IF" };
	const struct smb_create *c = &tx->create;
	write_text(w, EV_KEY(smb, filename), tx->name);
	ev_key(w, smb, disposition);
	jw_word(w, c->disposition < 6 ? dispositions[c->disposition] : "UNKNOWN");
	ev_key(w, smb, access);
	jw_word(w, c->remove ? "delete on close" : "normal");
	if (c->access) {
		char text[16];
		(void)snprintf(text, sizeof(text), "0x%08x", c->access);
		ev_key(w, smb, access_mask);
		jw_word(w, text);
	}
	if (c->directory) {
		ev_key(w, smb, is_directory);
		jw_bool(w, true);
	}
	if (!c->opened)
		return;
	ev_key(w, smb, created);
	jw_u64(w, seconds(c->created));
	ev_key(w, smb, accessed);
	jw_u64(w, seconds(c->accessed));
	ev_key(w, smb, modified);
	jw_u64(w, seconds(c->modified));
	ev_key(w, smb, changed);
	jw_u64(w, seconds(c->changed));
	ev_key(w, smb, size);
	jw_u64(w, c->size);
}

static void
write_fid(const struct smb_tx *tx, struct jw *w)
{
	char text[37];
	if (!tx->fid_n)
		return;
	ev_key(w, smb, fuid);
	if (tx->fid_n == SMB2_FID)
		guid_text(tx->fid, text);
	else
		(void)snprintf(text, sizeof(text), "%02x%02x", tx->fid[1], tx->fid[0]);
	jw_word(w, text);
}

static void
write_kind(const struct smb_tx *tx, struct jw *w)
{
	switch (tx->kind) {
	case SMB_NEGOTIATE:
		write_negotiated(tx, w);
		return;
	case SMB_SETUP:
		write_setup(&tx->setup, w);
		return;
	case SMB_TREE:
		write_tree(tx, w);
		return;
	case SMB_CREATE:
		write_create(tx, w);
		break;
	case SMB_PIPE:
		write_text(w, EV_KEY(smb, filename), tx->name);
		ev_key(w, smb, dcerpc);
		dce_write(&tx->call, w);
		break;
	case SMB_RENAME:
		ev_key(w, smb, rename);
		jw_object(w);
		write_text(w, EV_KEY(smb_rename, from), tx->name);
		write_text(w, EV_KEY(smb_rename, to), tx->to);
		jw_object_end(w);
		break;
	case SMB_DELETE:
		write_text(w, EV_KEY(smb, filename), tx->name);
		ev_key(w, smb, access);
		jw_word(w, "delete on close");
		break;
	case SMB_FIND:
		write_text(w, EV_KEY(smb, directory), tx->directory);
		write_text(w, EV_KEY(smb, pattern), tx->name);
		break;
	case SMB_FILE:
		write_text(w, EV_KEY(smb, filename), tx->name);
		write_text(w, EV_KEY(smb, share), tx->directory);
		break;
	default:
		write_text(w, EV_KEY(smb, filename), tx->name);
		break;
	}
	write_fid(tx, w);
}

static void
write_function(const struct smb_tx *tx, struct jw *w)
{
	char text[16];
	const char *name = smb_function_name(tx->function);
	(void)snprintf(text, sizeof(text), "0x%08x", tx->function);
	ev_key(w, smb, function);
	jw_word(w, name ? name : text);
}

void
smb_write(const void *tx_of, struct jw *w)
{
	const struct smb_tx *tx = tx_of;
	const char *command = smb_command_name(tx->version, tx->command);
	jw_key(w, "smb");
	jw_object(w);
	ev_key(w, smb, id);
	jw_u64(w, tx->item.id + 1);
	ev_key(w, smb, dialect);
	jw_word(w, tx->dialect ? tx->dialect : "unknown");
	ev_key(w, smb, command);
	if (tx->kind == SMB_SEALED)
		jw_word(w, tx->function ? "SMB2_TRANSFORM" : "SMB2_COMPRESSION_TRANSFORM");
	else
		jw_word(w, command ? command : "UNKNOWN");
	write_status(tx, w);
	ev_key(w, smb, session_id);
	jw_u64(w, tx->session);
	ev_key(w, smb, tree_id);
	jw_u64(w, tx->tree);
	if (tx->kind == SMB_IOCTL)
		write_function(tx, w);
	write_kind(tx, w);
	jw_object_end(w);
}

/* Errors that speak of the account or password ([MS-ERREF] 2.3.1). */
static bool
refused(uint32_t status)
{
	return (status >= 0xc0000064 && status <= 0xc0000072) || status == STATUS_LOGON_FAILURE ||
	       status == 0xc0000193 || status == 0xc0000224 || status == 0xc0000234 ||
	       status == 0xc000015b || status == 0xc0000022;
}

enum l7_login
smb_login(const void *tx_of)
{
	const struct smb_tx *tx = tx_of;
	if (tx->kind != SMB_SETUP)
		return L7_LOGIN_NONE;
	bool someone =
	    tx->setup.kerberos || (tx->setup.final && tx->setup.ntlm && tx->setup.ntlm->user.len);
	if (!someone || (tx->replied && tx->status == SMB_STATUS_MORE_PROCESSING))
		return L7_LOGIN_NONE;
	if (!tx->replied)
		return L7_LOGIN_TRY;
	bool dos_denied = tx->dos && tx->status;
	if (dos_denied || refused(tx->status))
		return L7_LOGIN_FAIL;
	return tx->status == 0 ? L7_LOGIN_OK : L7_LOGIN_TRY;
}
