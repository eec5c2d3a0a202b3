/* SPDX-License-Identifier: Apache-2.0 */
/* SNMP in the table of protocols: a transaction is a message. */
#include <stdio.h>

#include "../item.h"
#include "../look.h"
#include "lib/mask.h"
#include "probe/l7/der.h"
#include "probe/l7/snmp.h"
#include "wire/event.h"

#define VARS_MAX 128  /* names written */
#define VALUES_MAX 32 /* values written */
#define VALUE_MAX 256 /* bytes of one */
#define OID_TEXT 256

/* snmpCommunityTable (RFC 3584): its columns are communities; usmStats... (RFC 3414): why not. */
static const uint8_t communities[] = { 0x2b, 6, 1, 6, 3, 18, 1, 1 };
static const uint8_t usm_stats[] = { 0x2b, 6, 1, 6, 3, 15, 1, 1 };
static const uint8_t trap_name[] = { 0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0 }; /* snmpTrapOID.0 */

static bool
under(struct view oid, const uint8_t *root, size_t n)
{
	return oid.len >= n && memcmp(oid.ptr, root, n) == 0;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct snmp m;
	long used = snmp_parse(first->data, &m);
	return used > 0 && (size_t)used == first->data.len ? L7_YES : L7_NO;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct snmp *m = l7_once(l, sizeof(*m));
	if (!m)
		return (long)bytes.len;
	if (snmp_parse(bytes, m) < 0) {
		l7_odd(l, lf, "malformed_data", -1, dir);
		return L7_BAD;
	}
	bool answer = m->pdu == SNMP_RESPONSE || m->pdu == SNMP_REPORT;
	if (m->pdu == SNMP_ENCRYPTED)
		answer = dir == DIR_TO_CLIENT;
	uint64_t id = l7_once_say(l, lf, m, answer ? L7_READY_RESPONSE : L7_READY_REQUEST, dir);
	if (m->cut)
		l7_odd(l, lf, "malformed_data", (int64_t)id, dir);
	return (long)bytes.len;
}

static const char *
pdu_name(uint8_t pdu)
{
	static const char *const names[] = { "get_request", "get_next_request", "response",
		"set_request", "trap_v1", "get_bulk_request", "inform_request", "trap_v2",
		"report" };
	return pdu < sizeof(names) / sizeof(*names) ? names[pdu] : "encrypted";
}

/* A name of a list, or the number. */
static void
write_named(struct jw *w, const char *const *names, size_t n, int64_t number)
{
	char text[24];
	(void)snprintf(text, sizeof(text), "%lld", (long long)number);
	jw_text(w, number >= 0 && (uint64_t)number < n ? names[number] : text);
}

/* RFC 3416, 3 */
static void
write_error(struct jw *w, const struct snmp *m)
{
	static const char *const names[] = { "NoError", "TooBig", "NoSuchName", "BadValue",
		"ReadOnly", "GenErr", "NoAccess", "WrongType", "WrongLength", "WrongEncoding",
		"WrongValue", "NoCreation", "InconsistentValue", "ResourceUnavailable",
		"CommitFailed", "UndoFailed", "AuthorizationError", "NotWritable",
		"InconsistentName" };
	if (m->error) {
		ev_key(w, snmp, error);
		write_named(w, names, sizeof(names) / sizeof(*names), m->error);
		ev_key(w, snmp, error_index);
		jw_i64(w, m->index);
	}
}

static void
write_oid(struct jw *w, struct view oid)
{
	char text[OID_TEXT];
	jw_bytes(w, text, der_oid_text(oid, text, sizeof(text)));
}

static void
write_address(struct jw *w, struct view four)
{
	struct addr a = { 0 };
	char text[ADDR_TEXT];
	(void)l7_keep(a.b, 4, four);
	(void)addr_text(text, &a, 4);
	jw_text(w, text);
}

static void
write_trap(struct jw *w, const struct snmp_trap *t)
{
	static const char *const names[] = { "ColdStart", "WarmStart", "LinkDown", "LinkUp",
		"AuthenticationFailure", "EgpNeighborLoss", "EnterpriseSpecific" };
	ev_key(w, snmp, trap_type);
	write_named(w, names, sizeof(names) / sizeof(*names), t->generic);
	ev_key(w, snmp, trap_oid);
	write_oid(w, t->enterprise);
	ev_key(w, snmp, trap_address);
	write_address(w, t->agent);
	ev_key(w, snmp, generic_trap);
	jw_i64(w, t->generic);
	ev_key(w, snmp, specific_trap);
	jw_i64(w, t->specific);
	ev_key(w, snmp, uptime);
	jw_i64(w, t->uptime);
}

/* Which trap version 2 sends is its second variable. */
static void
write_trap_oid(struct jw *w, const struct snmp *m)
{
	struct cursor c = cursor_of_view(m->vars);
	struct view oid, value;
	uint8_t tag;
	while (snmp_var(&c, &oid, &tag, &value)) {
		if (oid.len == sizeof(trap_name) && under(oid, trap_name, sizeof(trap_name)) &&
		    tag == SNMP_OID) {
			ev_key(w, snmp, trap_oid);
			write_oid(w, value);
			return;
		}
	}
}

static const char *
value_type(uint8_t tag, char hex[8])
{
	static const struct {
		uint8_t tag;
		const char *name;
	} names[] = { { SNMP_INTEGER, "integer" }, { SNMP_OCTETS, "octet_string" },
		{ SNMP_NULL, "null" }, { SNMP_OID, "object_identifier" },
		{ SNMP_ADDRESS, "ip_address" }, { SNMP_COUNTER, "counter32" },
		{ SNMP_GAUGE, "gauge32" }, { SNMP_TICKS, "time_ticks" }, { SNMP_OPAQUE, "opaque" },
		{ SNMP_COUNTER64, "counter64" }, { SNMP_NO_OBJECT, "no_such_object" },
		{ SNMP_NO_INSTANCE, "no_such_instance" }, { SNMP_END_OF_VIEW, "end_of_mib_view" } };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].tag == tag)
			return names[i].name;
	}
	(void)snprintf(hex, 8, "0x%02x", tag);
	return hex;
}

/* A number as text, as EVE has it; no masking: a counter of eleven digits is no telephone. */
static void
write_value(struct jw *w, uint8_t tag, struct view v)
{
	char text[32];
	uint64_t u;
	int64_t i;
	bool counts = tag >= SNMP_COUNTER && tag <= SNMP_TICKS;
	if (tag == SNMP_OID) {
		write_oid(w, v);
	} else if (tag == SNMP_ADDRESS && v.len == 4) {
		write_address(w, v);
	} else if ((counts || tag == SNMP_COUNTER64) && snmp_unsigned(v, &u)) {
		int n = snprintf(text, sizeof(text), "\"%llu\"", (unsigned long long)u);
		jw_raw(w, text, (size_t)n);
	} else if (tag == SNMP_INTEGER && der_number(v, &i)) {
		int n = snprintf(text, sizeof(text), "\"%lld\"", (long long)i);
		jw_raw(w, text, (size_t)n);
	} else {
		jw_bytes(w, v.ptr, v.len < VALUE_MAX ? v.len : VALUE_MAX);
	}
}

static void
write_values(struct jw *w, const struct snmp *m)
{
	struct cursor c = cursor_of_view(m->vars);
	struct view oid, value;
	char hex[8];
	uint8_t tag;
	ev_key(w, snmp, values);
	jw_array(w);
	for (int i = 0; i < VALUES_MAX && snmp_var(&c, &oid, &tag, &value); i++) {
		if (tag == SNMP_NULL)
			continue;
		jw_object(w);
		ev_key(w, snmp_value, oid);
		write_oid(w, oid);
		ev_key(w, snmp_value, type);
		jw_text(w, value_type(tag, hex));
		if (tag < SNMP_NO_OBJECT) {
			ev_key(w, snmp_value, value);
			if (tag == SNMP_OCTETS && under(oid, communities, sizeof(communities)))
				mask_secret(w, value);
			else
				write_value(w, tag, value);
		}
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_vars(struct jw *w, const struct snmp *m)
{
	struct cursor c = cursor_of_view(m->vars);
	struct view oid, value;
	uint64_t n = 0, valued = 0;
	uint8_t tag;
	ev_key(w, snmp, vars);
	jw_array(w);
	while (snmp_var(&c, &oid, &tag, &value)) {
		valued += tag != SNMP_NULL;
		if (n++ < VARS_MAX)
			write_oid(w, oid);
	}
	jw_array_end(w);
	if (valued)
		write_values(w, m);
	if (n > VARS_MAX || (valued && n > VALUES_MAX)) {
		ev_key(w, snmp, left_out);
		jw_u64(w, n - (valued ? VALUES_MAX : VARS_MAX));
	}
}

static void
write_v3(struct jw *w, const struct snmp_v3 *v)
{
	static const char *const flags[] = { "authenticated", "encrypted", "reportable" };
	if (v->user.ptr) {
		ev_key(w, snmp, usm);
		jw_view(w, v->user);
		ev_key(w, snmp, engine_id);
		jw_hex(w, v->engine.ptr, v->engine.len < 32 ? v->engine.len : 32, 0);
		ev_key(w, snmp, engine_boots);
		jw_i64(w, v->boots);
		ev_key(w, snmp, engine_time);
		jw_i64(w, v->time);
	}
	ev_key(w, snmp, msg_id);
	jw_i64(w, v->id);
	ev_key(w, snmp, msg_flags);
	jw_array(w);
	for (int i = 0; i < 3; i++) {
		if (v->flags >> i & 1)
			jw_text(w, flags[i]);
	}
	jw_array_end(w);
	if (v->context.len) {
		ev_key(w, snmp, context);
		jw_view(w, v->context);
	}
}

static void
write_pdu(struct jw *w, const struct snmp *m)
{
	if (m->pdu == SNMP_TRAP_V1) {
		write_trap(w, &m->trap);
		return;
	}
	if (m->pdu == SNMP_TRAP_V2 || m->pdu == SNMP_INFORM)
		write_trap_oid(w, m);
	ev_key(w, snmp, request_id);
	jw_i64(w, m->request_id);
	if (m->pdu == SNMP_GET_BULK) {
		ev_key(w, snmp, non_repeaters);
		jw_i64(w, m->error);
		ev_key(w, snmp, max_repetitions);
		jw_i64(w, m->index);
	} else {
		write_error(w, m);
	}
}

/* Communities that every device is delivered with hide nothing. */
static void
write_community(struct jw *w, struct view community)
{
	ev_key(w, snmp, community);
	if (view_is(community, "public") || view_is(community, "private"))
		jw_view(w, community);
	else
		mask_secret(w, community);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct snmp *m = data_of;
	jw_key(w, "snmp");
	jw_object(w);
	ev_key(w, snmp, version);
	jw_u64(w, m->version);
	if (m->community.ptr)
		write_community(w, m->community);
	ev_key(w, snmp, pdu_type);
	jw_text(w, pdu_name(m->pdu));
	if (m->pdu != SNMP_ENCRYPTED) {
		write_pdu(w, m);
		write_vars(w, m);
	}
	if (m->version == 3)
		write_v3(w, &m->v3);
	jw_object_end(w);
}

/* Version 3 only: a wrong community gets no answer. usmStatsUnknownUserNames is 3, WrongDigests 5
 * (RFC 3414, 3.2). */
static enum l7_login
login(const void *data_of)
{
	const struct snmp *m = data_of;
	struct cursor c = cursor_of_view(m->vars);
	struct view oid, value;
	uint8_t tag;
	if (m->version != 3)
		return L7_LOGIN_NONE;
	if (m->pdu == SNMP_RESPONSE && m->v3.flags & 1)
		return L7_LOGIN_OK;
	if (m->pdu != SNMP_REPORT || !snmp_var(&c, &oid, &tag, &value) ||
	    !under(oid, usm_stats, sizeof(usm_stats)) || oid.len == sizeof(usm_stats))
		return L7_LOGIN_NONE;
	uint8_t why = oid.ptr[sizeof(usm_stats)];
	return why == 3 || why == 5 ? L7_LOGIN_FAIL : L7_LOGIN_NONE;
}

static bool
buffer(const void *data_of, const struct l7_ask *ask, struct view *out)
{
	const struct snmp *m = data_of;
	bool usm = ask->what == L7_BUF_SNMP_USM;
	return (m->version == 3) == usm && look_one(ask, usm ? m->v3.user : m->community, out);
}

static bool
number(const void *data_of, const struct l7_ask *ask, uint64_t *out)
{
	const struct snmp *m = data_of;
	if (ask->what == L7_NUM_SNMP_VERSION)
		return look_number(ask, true, m->version, out);
	return look_number(ask, m->pdu != SNMP_ENCRYPTED, m->pdu, out);
}

const struct l7_row l7_snmp_row = {
	.name = "snmp",
	.proto = L7_SNMP,
	.udp = true,
	.state_size = 1,
	.probe = probe,
	.data = data,
	.buffer = buffer,
	.number = number,
	.write = row_write,
	.login = login,
};
