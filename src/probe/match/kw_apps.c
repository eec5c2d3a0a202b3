/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons of one protocol that are more than a number: flags by name, encryption types,
 * procedures that have another number in each version, attributes of IKE. */
#include "probe/match_keyword.h"
#include "probe/match_run.h"

/* What stands behind a "!", if there is one. */
static struct view
positive(struct view v, bool *negated)
{
	struct cursor c = cursor_of_view(v);
	*negated = v.len && v.ptr[0] == '!';
	(void)cursor_skip(&c, *negated);
	return match_text_trim((struct view){ c.at, cursor_left(&c) });
}

/* ---- bits by name: "fin,!comp" ---- */

static int
key_flags(struct match_draft *d, const struct match_option *o)
{
	const struct l7_number_row *row = l7_number_row((enum l7_number)o->arg);
	struct match_op_number n = { .what = (uint8_t)o->arg, .compare = MATCH_MASK };
	struct view rest = o->value, one;
	bool negated;
	uint64_t bit;
	while (match_text_split(&rest, ',', &one)) {
		if (!match_number_word(positive(one, &negated), row->words, &bit)) {
			n = (struct match_op_number){ .what = (uint8_t)o->arg };
			if (match_number_read(d, o, row->bits, NULL, &n) != 0)
				return -1;
			break;
		}
		n.a |= bit;
		n.b |= negated ? 0 : bit;
	}
	return match_number_ask(d, o, &n);
}

/* ---- Kerberos: numbers, names and "weak" ---- */

#define ETYPES 16

struct etypes {
	uint64_t one[ETYPES];
	uint8_t n;
	bool weak, negated;
};

static bool
etype_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct etypes *want = op->data;
	uint64_t etype, weak = 0;
	bool found;
	if (!match_number_of(m, c, L7_NUM_KRB5_TICKET_ENCRYPTION, 0, &etype))
		return false;
	found = want->weak && match_number_of(m, c, L7_NUM_KRB5_TICKET_WEAK, 0, &weak) && weak;
	for (uint8_t i = 0; i < want->n; i++)
		found |= etype == want->one[i];
	return found != want->negated;
}

static int
key_etype(struct match_draft *d, const struct match_option *o)
{
	const struct l7_number_row *row = l7_number_row((enum l7_number)o->arg);
	struct etypes want = { .n = 0 };
	struct view rest = positive(o->value, &want.negated), one;
	while (match_text_split(&rest, ',', &one)) {
		int64_t number;
		uint64_t named;
		if (match_text_same(one, "weak")) {
			want.weak = true;
		} else if (want.n < ETYPES && match_number_word(one, row->words, &named)) {
			want.one[want.n++] = named;
		} else if (want.n < ETYPES && match_text_int(one, -255, 255, &number)) {
			want.one[want.n++] = (uint64_t)number;
		} else {
			return match_fail(d, o->value_at,
			    "write weak, 23, rc4-hmac, or several with commas",
			    "\"%.*s\" is no encryption type", (int)one.len, (const char *)one.ptr);
		}
	}
	return match_ask_about(d, o, etype_holds, &want, sizeof(want));
}

/* ---- NFS: a procedure's number depends on the version ---- */

static const struct {
	const char *name;
	int8_t v2, v3, v4; /* -1: none */
} procedures[] = {
	{ "null", 0, 0, 0 },
	{ "getattr", 1, 1, 9 },
	{ "setattr", 2, 2, 34 },
	{ "lookup", 4, 3, 15 },
	{ "access", -1, 4, 3 },
	{ "readlink", 5, 5, 27 },
	{ "read", 6, 6, 25 },
	{ "write", 8, 7, 38 },
	{ "create", 9, 8, 6 },
	{ "mkdir", 14, 9, -1 },
	{ "symlink", 13, 10, -1 },
	{ "mknod", -1, 11, -1 },
	{ "remove", 10, 12, 28 },
	{ "rmdir", 15, 13, -1 },
	{ "rename", 11, 14, 29 },
	{ "link", 12, 15, 11 },
	{ "readdir", 16, 16, 26 },
	{ "readdirplus", -1, 17, -1 },
	{ "fsstat", -1, 18, -1 },
	{ "fsinfo", -1, 19, -1 },
	{ "pathconf", -1, 20, -1 },
	{ "commit", -1, 21, 5 },
	{ "root", 3, -1, -1 },
	{ "writecache", 7, -1, -1 },
	{ "statfs", 17, -1, -1 },
	{ "close", -1, -1, 4 },
	{ "delegpurge", -1, -1, 7 },
	{ "delegreturn", -1, -1, 8 },
	{ "getfh", -1, -1, 10 },
	{ "lock", -1, -1, 12 },
	{ "lockt", -1, -1, 13 },
	{ "locku", -1, -1, 14 },
	{ "lookupp", -1, -1, 16 },
	{ "nverify", -1, -1, 17 },
	{ "open", -1, -1, 18 },
	{ "openattr", -1, -1, 19 },
	{ "open_confirm", -1, -1, 20 },
	{ "open_downgrade", -1, -1, 21 },
	{ "putfh", -1, -1, 22 },
	{ "putpubfh", -1, -1, 23 },
	{ "putrootfh", -1, -1, 24 },
	{ "renew", -1, -1, 30 },
	{ "restorefh", -1, -1, 31 },
	{ "savefh", -1, -1, 32 },
	{ "secinfo", -1, -1, 33 },
	{ "setclientid", -1, -1, 35 },
	{ "setclientid_confirm", -1, -1, 36 },
	{ "verify", -1, -1, 37 },
	{ "release_lockowner", -1, -1, 39 },
	{ "exchange_id", -1, -1, 42 },
	{ "create_session", -1, -1, 43 },
	{ "destroy_session", -1, -1, 44 },
	{ "sequence", -1, -1, 53 },
};

struct procedure {
	int named; /* row of the table; -1: by number */
	struct match_op_number number;
};

/* Numbers are the version and, below, the procedure. */
static bool
procedure_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct procedure *want = op->data;
	uint64_t n;
	for (uint16_t i = 0; match_number_of(m, c, L7_NUM_NFS_PROCEDURE, i, &n); i++) {
		uint64_t version = n >> 16, is = n & 0xffff;
		if (want->named < 0 && match_number_holds(&want->number, is))
			return true;
		if (want->named < 0)
			continue;
		int8_t number = version == 2   ? procedures[want->named].v2
				: version == 3 ? procedures[want->named].v3
					       : procedures[want->named].v4;
		if (number >= 0 && is == (uint64_t)number)
			return true;
	}
	return false;
}

static int
key_procedure(struct match_draft *d, const struct match_option *o)
{
	struct procedure want = { .named = -1 };
	for (size_t i = 0; i < sizeof(procedures) / sizeof(procedures[0]); i++) {
		if (match_text_same(o->value, procedures[i].name))
			want.named = (int)i;
	}
	if (want.named < 0 && match_number_read(d, o, 32, NULL, &want.number) != 0)
		return -1;
	if (want.number.compare == MATCH_BETWEEN) { /* here both ends belong to it */
		want.number.a--;
		want.number.b++;
	}
	return match_ask_about(d, o, procedure_holds, &want, sizeof(want));
}

/* ---- IKE: "alg_hash=2" ---- */

/* Types of attributes, of version 1 and of version 2's transforms (0: none). */
static const struct {
	const char *name;
	uint8_t v1, v2;
} attributes[] = {
	{ "alg_enc", 1, 1 },
	{ "alg_hash", 2, 0 },
	{ "alg_auth", 3, 3 },
	{ "alg_dh", 4, 4 },
	{ "sa_group_type", 5, 0 },
	{ "sa_life_type", 11, 0 },
	{ "sa_life_duration", 12, 0 },
	{ "alg_prf", 13, 2 },
	{ "sa_key_length", 14, 0 },
	{ "sa_field_size", 15, 0 },
	{ "alg_esn", 0, 5 },
};

struct attribute {
	uint8_t type[2]; /* by version */
	uint32_t value;
};

/* Numbers are version, type and value. */
static bool
attribute_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct attribute *want = op->data;
	uint64_t n;
	for (uint16_t i = 0; match_number_of(m, c, L7_NUM_IKE_CHOSEN, i, &n); i++) {
		uint8_t type = want->type[n >> 48 == 2];
		if (type && type == (n >> 32 & 0xffff) && (uint32_t)n == want->value)
			return true;
	}
	return false;
}

static int
key_attribute(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, name, value = { 0 };
	struct attribute want = { .value = 0 };
	int64_t n;
	bool known = false;
	(void)match_text_split(&rest, '=', &name);
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		if (!match_text_same(name, attributes[i].name))
			continue;
		known = true;
		want.type[0] = attributes[i].v1;
		want.type[1] = attributes[i].v2;
	}
	if (!known || !match_text_split(&rest, '=', &value) ||
	    !match_text_int(value, 0, UINT32_MAX, &n))
		return match_fail(d, o->value_at, "write alg_hash=2 or sa_key_length=128",
		    "\"%.*s\" is no attribute of a security association", (int)o->value.len,
		    (const char *)o->value.ptr);
	want.value = (uint32_t)n;
	return match_ask_about(d, o, attribute_holds, &want, sizeof(want));
}

/* ---- LDAP: "bind_response,1", the index from 0, from the end, any or all ---- */

struct indexed {
	uint8_t what;
	bool all, any;
	int32_t index;
	struct match_op_number number;
};

static bool
indexed_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct indexed *want = op->data;
	int32_t count = 0, at;
	uint64_t n;
	bool held = false;
	while (match_number_of(m, c, want->what, (uint16_t)count, &n)) {
		bool holds = match_number_holds(&want->number, n);
		if (want->all && !holds)
			return false;
		held |= holds;
		count++;
	}
	if (want->all || want->any)
		return held;
	at = want->index < 0 ? count + want->index : want->index;
	return at >= 0 && at < count && match_number_of(m, c, want->what, (uint16_t)at, &n) &&
	       match_number_holds(&want->number, n);
}

static int
key_indexed(struct match_draft *d, const struct match_option *o)
{
	const struct l7_number_row *row = l7_number_row((enum l7_number)o->arg);
	struct match_option number = *o;
	struct indexed want = { .what = (uint8_t)o->arg };
	struct view rest = o->value, index;
	int64_t n;
	(void)match_text_split(&rest, ',', &number.value);
	if (match_number_read(d, &number, row->bits, row->words, &want.number) != 0)
		return -1;
	if (!match_text_split(&rest, ',', &index) || match_text_same(index, "any"))
		want.any = true;
	else if (match_text_same(index, "all"))
		want.all = true;
	else if (match_text_int(index, -1000, 1000, &n))
		want.index = (int32_t)n;
	else
		return match_fail(d, o->value_at, "write any, all, 1 or -1 behind the comma",
		    "\"%.*s\" is no index", (int)index.len, (const char *)index.ptr);
	return match_ask_about(d, o, indexed_holds, &want, sizeof(want));
}

#define V MATCH_KEY_VALUE

const struct match_keyword match_keywords_apps[] = {
	{ "ike.chosen_sa_attribute", key_attribute, V, L7_NUM_IKE_CHOSEN },
	{ "krb5.ticket_encryption", key_etype, V, L7_NUM_KRB5_TICKET_ENCRYPTION },
	{ "ldap.responses.operation", key_indexed, V, L7_NUM_LDAP_RESPONSES_OPERATION },
	{ "ldap.responses.result_code", key_indexed, V, L7_NUM_LDAP_RESPONSES_RESULT_CODE },
	{ "mqtt.connect.flags", key_flags, V, L7_NUM_MQTT_CONNECT_FLAGS },
	{ "mqtt.flags", key_flags, V, L7_NUM_MQTT_FLAGS },
	{ "nfs_procedure", key_procedure, V, L7_NUM_NFS_PROCEDURE },
	{ "websocket.flags", key_flags, V, L7_NUM_WEBSOCKET_FLAGS },
	{ NULL, NULL, 0, 0 },
};
