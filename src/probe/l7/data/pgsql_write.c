/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL's record: EVE's event, a request and its response. */
#include <stdio.h>

#include "lib/mask.h"
#include "pgsql_row.h"
#include "wire/event.h"

/* Names of the wire become keys only when they are plain words. */
static bool
plain(struct view name)
{
	struct cursor c = cursor_of_view(name);
	uint8_t b;
	while (cursor_u8(&c, &b)) {
		uint8_t low = b | 0x20;
		if (!((low >= 'a' && low <= 'z') || (b >= '0' && b <= '9') || b == '_' || b == '.'))
			return false;
	}
	return name.len > 0;
}

static void
write_pair(struct view name, struct view value, struct jw *w)
{
	if (!plain(name))
		return;
	jw_object(w);
	jw_key_n(w, (const char *)name.ptr, name.len);
	jw_view(w, value);
	jw_object_end(w);
}

static void
write_startup(const struct pgsql_tx *tx, struct jw *w)
{
	struct cursor c = cursor_of_view(tx->options);
	struct view name, value;
	char version[16];
	(void)snprintf(version, sizeof(version), "%u.%u", tx->major, tx->minor);
	ev_key(w, pgsql_request, protocol_version);
	jw_word(w, version);
	ev_key(w, pgsql_request, startup_parameters);
	jw_object(w);
	if (tx->user.ptr)
		jw_put_bytes(w, "user", tx->user.ptr, tx->user.len);
	jw_key(w, "optional_parameters");
	jw_array(w);
	while (pgsql_parameter(&c, &name, &value)) {
		if (!view_is(name, "user") && !view_is(name, "password"))
			write_pair(name, value, w);
	}
	jw_array_end(w);
	jw_object_end(w);
}

static void
write_statements(const struct pgsql_tx *tx, struct jw *w)
{
	if (tx->kind == PGSQL_KIND_QUERY) {
		ev_key(w, pgsql_request, simple_query);
		jw_view(w, tx->statement[0]);
		ev_key(w, pgsql_request, query_length);
		jw_u64(w, tx->length);
		return;
	}
	if (tx->statements) {
		ev_key(w, pgsql_request, extended_query);
		jw_array(w);
		for (int i = 0; i < tx->statements; i++)
			jw_view(w, tx->statement[i]);
		jw_array_end(w);
	}
	if (tx->name.ptr) {
		ev_key(w, pgsql_request, prepared_statement);
		jw_view(w, tx->name);
	}
	if (tx->parameters) {
		ev_key(w, pgsql_request, parameters);
		jw_u64(w, tx->parameters);
	}
}

static void
write_message(const struct pgsql_tx *tx, struct jw *w)
{
	static const char *const texts[] = { [PGSQL_KIND_SSL] = "SSL Request",
		[PGSQL_KIND_GSSENC] = "GSSENC Request",
		[PGSQL_KIND_CANCEL] = "cancel_request",
		[PGSQL_KIND_FUNCTION] = "function_call",
		[PGSQL_KIND_TERMINATE] = "terminate" };
	if (tx->kind >= sizeof(texts) / sizeof(*texts) || !texts[tx->kind])
		return;
	ev_key(w, pgsql_request, message);
	jw_text(w, texts[tx->kind]);
	if (tx->kind == PGSQL_KIND_CANCEL) {
		ev_key(w, pgsql_request, process_id);
		jw_u64(w, tx->process);
	}
}

static void
write_copy(const char *key, uint64_t n, uint64_t bytes, struct jw *w)
{
	if (!n)
		return;
	jw_key_n(w, key, strlen(key));
	jw_object(w);
	ev_key(w, pgsql_copy, msg_count);
	jw_u64(w, n);
	ev_key(w, pgsql_copy, data_size);
	jw_u64(w, bytes);
	jw_object_end(w);
}

static void
write_request(const struct pgsql_tx *tx, struct jw *w)
{
	ev_key(w, pgsql, request);
	jw_object(w);
	if (tx->kind == PGSQL_KIND_STARTUP)
		write_startup(tx, w);
	if (tx->kind == PGSQL_KIND_PASSWORD || tx->kind == PGSQL_KIND_SASL_MORE) {
		ev_key(w, pgsql_request, password_redacted);
		jw_bool(w, true);
	}
	if (tx->mechanism.ptr) {
		ev_key(w, pgsql_request, sasl_authentication_mechanism);
		jw_view(w, tx->mechanism);
		ev_key(w, pgsql_request, sasl_param);
		jw_view(w, tx->secret);
	}
	if (tx->kind == PGSQL_KIND_QUERY || tx->kind == PGSQL_KIND_EXTENDED)
		write_statements(tx, w);
	write_message(tx, w);
	write_copy(EV_KEY(pgsql_request, copy_data_in), tx->in, tx->in_bytes, w);
	jw_object_end(w);
}

static const char *
auth_name(int auth)
{
	static const char *const names[] = { NULL, NULL, "authentication_kerberos",
		"authentication_cleartext_password", NULL, NULL, NULL, "authentication_gss",
		"authentication_gss_continue", "authentication_sspi", "authentication_sasl",
		"authentication_sasl_continue", "authentication_sasl_final" };
	return auth >= 0 && auth < (int)(sizeof(names) / sizeof(*names)) ? names[auth] : NULL;
}

static void
write_authentication(const struct pgsql_tx *tx, struct jw *w)
{
	if (tx->kind == PGSQL_KIND_SSL || tx->kind == PGSQL_KIND_GSSENC) {
		ev_key(w, pgsql_response, ssl_accepted);
		jw_bool(w, tx->accepted);
	}
	if (tx->salt.ptr) {
		ev_key(w, pgsql_response, authentication_md5_password);
		jw_view(w, tx->salt);
	}
	const char *name = tx->let_in ? "authentication_ok" : auth_name(tx->auth);
	if (name && !tx->error) {
		ev_key(w, pgsql_response, message);
		jw_word(w, name);
	}
}

static void
write_statuses(const struct pgsql_tx *tx, struct jw *w)
{
	struct view name, value;
	if (!tx->statuses)
		return;
	ev_key(w, pgsql_response, parameter_status);
	jw_array(w);
	for (int i = 0; i < tx->statuses; i++) {
		struct cursor c = cursor_of_view(tx->status[i]);
		if (pgsql_parameter(&c, &name, &value))
			write_pair(name, value, w);
	}
	jw_array_end(w);
}

static void
write_counts(const struct pgsql_tx *tx, struct jw *w)
{
	if (tx->fields) {
		ev_key(w, pgsql_response, field_count);
		jw_u64(w, tx->fields);
	}
	if (tx->rows) {
		ev_key(w, pgsql_response, data_rows);
		jw_u64(w, tx->rows);
		ev_key(w, pgsql_response, data_size);
		jw_u64(w, tx->row_bytes);
	}
	if (tx->completed.ptr) {
		ev_key(w, pgsql_response, command_completed);
		jw_view(w, tx->completed);
	}
	if (tx->commands > 1) {
		ev_key(w, pgsql_response, commands);
		jw_u64(w, tx->commands);
	}
	write_copy(EV_KEY(pgsql_response, copy_data_out), tx->out, tx->out_bytes, w);
}

static void
write_response(const struct pgsql_tx *tx, struct jw *w)
{
	ev_key(w, pgsql, response);
	jw_object(w);
	write_authentication(tx, w);
	write_statuses(tx, w);
	if (tx->process && tx->kind != PGSQL_KIND_CANCEL) {
		ev_key(w, pgsql_response, process_id);
		jw_u64(w, tx->process);
	}
	write_counts(tx, w);
	for (int i = 0; i < tx->error_n; i++) {
		const char *name = pgsql_field_name(tx->error_code[i]);
		if (name)
			jw_put_bytes(w, name, tx->error_field[i].ptr, tx->error_field[i].len);
	}
	jw_object_end(w);
}

void
l7_pgsql_write(const void *data, struct jw *w)
{
	const struct pgsql_tx *tx = data;
	jw_key(w, "pgsql");
	jw_object(w);
	ev_key(w, pgsql, tx_id);
	jw_u64(w, tx->item.id);
	if (tx->kind != PGSQL_NO_REQUEST)
		write_request(tx, w);
	if (tx->replied)
		write_response(tx, w);
	jw_object_end(w);
}
