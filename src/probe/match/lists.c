/* SPDX-License-Identifier: Apache-2.0 */
/* Looking indicators up: the ends of a flow once, what transactions name when it is there. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/crypt.h"
#include "lib/hex.h"
#include "lib/scratch.h"
#include "lib/sha256.h"
#include "probe/l7_file.h"
#include "probe/lists_build.h"

#define GID 201
#define SID 9200000
#define INSTANCES 64 /* of a buffer in one transaction that are looked at */
#define LABELS 127   /* of a name that are looked up: all that 253 bytes can have */

struct lists_watch {
	const struct lists *lists;
	struct lists_counters count;
	struct scratch scratch;
	const struct packet *p;
	const struct l7_tx *tx;
	uint8_t dir;
	struct alert_list *out;
};

static const struct kind {
	const char *name, *signature, *name_zh;
} kinds[LISTS_TYPES] = {
	[LISTS_ADDRESS] = { "ip", "WANGLOU LIST Listed address", "名单中的地址" },
	[LISTS_NET] = { "cidr", "WANGLOU LIST Address of a listed network", "名单网段中的地址" },
	[LISTS_DOMAIN] = { "domain", "WANGLOU LIST Listed domain", "名单中的域名" },
	[LISTS_URL] = { "url", "WANGLOU LIST Listed URL", "名单中的网址" },
	[LISTS_JA3] = { "ja3", "WANGLOU LIST Listed JA3 fingerprint", "名单中的JA3指纹" },
	[LISTS_JA4] = { "ja4", "WANGLOU LIST Listed JA4 fingerprint", "名单中的JA4指纹" },
	[LISTS_CERT] = { "certificate", "WANGLOU LIST Listed certificate", "名单中的证书" },
	[LISTS_FILE] = { "file", "WANGLOU LIST Listed file", "名单中的文件" },
	[LISTS_EMAIL] = { "email", "WANGLOU LIST Listed mail address", "名单中的邮箱" },
};

struct lists_watch *
lists_watch_new(const struct lists *l)
{
	struct lists_watch *w = calloc(1, sizeof(*w));

	if (w)
		w->lists = l;
	return w;
}

void
lists_watch_free(struct lists_watch *w)
{
	if (w)
		scratch_fini(&w->scratch);
	free(w);
}

void
lists_watch_swap(struct lists_watch *w, const struct lists *l)
{
	w->lists = l;
}

/* ---- what an alert says ---- */

static const char *
text_of(struct lists_watch *w, struct view v)
{
	char *copy = scratch_get(&w->scratch, v.len + 1);

	if (copy && v.len)
		memcpy(copy, v.ptr, v.len);
	return copy ? copy : "";
}

/* The indicator as people write it. */
static const char *
value_of(struct lists_watch *w, enum lists_type type, struct view key)
{
	char text[ADDR_TEXT + 8];
	struct addr a = { 0 };
	struct cursor c = cursor_of_view(key);
	bool net = type == LISTS_NET;

	if (type == LISTS_CERT || type == LISTS_FILE) {
		char *hex = scratch_get(&w->scratch, key.len * 2 + 1);
		(void)cursor_skip(&c, 1);
		if (hex)
			hex_text(hex, c.at, cursor_left(&c));
		return hex ? hex : "";
	}
	if (type != LISTS_ADDRESS && !net)
		return text_of(w, key);
	(void)cursor_skip(&c, net);
	size_t bytes = cursor_left(&c);
	memcpy(a.b, c.at, bytes);
	size_t n = addr_text(text, &a, bytes == 4 ? 4 : 6);
	if (net)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "/%u", key.ptr[0]);
	return text_of(w, (struct view){ (const uint8_t *)text, n });
}

static const char *
time_of(struct lists_watch *w, time_t seconds)
{
	char text[32];
	struct tm tm;

	size_t n =
	    gmtime_r(&seconds, &tm) ? strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) : 0;
	return text_of(w, (struct view){ (const uint8_t *)text, n });
}

static void
raise_alert(struct lists_watch *w, enum lists_type type, uint32_t place,
    const struct lists_entry *e, struct view seen)
{
	const struct lists *l = w->lists;
	struct alert_indicator *i = scratch_get(&w->scratch, sizeof(*i));
	struct alert *a = i ? alert_add(w->out) : NULL;

	if (!a)
		return;
	const char *text = (const char *)keytab_key(&l->about, e->about).ptr;
	*i = (struct alert_indicator){ .type = kinds[type].name, .list = text };
	i->value = value_of(w, type, keytab_key(&l->tab[type], place));
	i->source = i->list + strlen(i->list) + 1;
	i->reference = i->source + strlen(i->source) + 1;
	i->description = i->reference + strlen(i->reference) + 1;
	i->seen = seen.ptr ? text_of(w, seen) : "";
	i->expires = e->expires ? time_of(w, e->expires) : NULL;
	i->confidence = e->confidence;
	a->gid = GID;
	a->sid = SID + 1 + type;
	a->rev = 1;
	a->severity = e->confidence >= 75 ? 1 : e->confidence >= 50 ? 2 : 3;
	a->signature = kinds[type].signature;
	a->name_zh = kinds[type].name_zh;
	a->category = "Listed indicator";
	a->indicator = i;
	a->dir = w->dir;
	if (w->tx) {
		a->tx = w->tx;
		a->tx_id = (int64_t)w->tx->id;
	}
	w->count.hits++;
}

/* The most trusted entry that has not expired; `exact` ones only when the whole name was met. */
static const struct lists_entry *
best(struct lists_watch *w, uint32_t first, bool whole)
{
	const struct lists *l = w->lists;
	const struct lists_entry *found = NULL;
	uint64_t now = w->p->frame.ts / 1000000000u;

	for (uint32_t i = first; i; i = l->entry[i - 1].next) {
		const struct lists_entry *e = &l->entry[i - 1];
		if (e->expires && e->expires <= now)
			w->count.expired++;
		else if ((whole || !e->exact) && (!found || e->confidence > found->confidence))
			found = e;
	}
	return found;
}

static bool
look(struct lists_watch *w, enum lists_type type, struct view key, bool whole, struct view seen)
{
	const struct keytab *t = &w->lists->tab[type];
	uint32_t place = t->n ? keytab_find(t, key) : KEYTAB_NONE;
	const struct lists_entry *e =
	    place != KEYTAB_NONE ? best(w, t->entry[place].value, whole) : NULL;

	if (e)
		raise_alert(w, type, place, e, seen);
	return e != NULL;
}

/* ---- addresses ---- */

static void
look_address(struct lists_watch *w, const struct addr *a, uint8_t ver)
{
	const struct lists *l = w->lists;
	const struct view none = { NULL, 0 };
	char text[ADDR_TEXT];
	uint32_t place;

	if (look(w, LISTS_ADDRESS, (struct view){ a->b, ver == 4 ? 4 : 16 }, true, none) ||
	    !l->tab[LISTS_NET].n || !lpm_find(l->net, a, ver, &place))
		return;
	for (; place != KEYTAB_NONE; place = l->parent[place]) {
		const struct lists_entry *e = best(w, l->tab[LISTS_NET].entry[place].value, true);
		if (!e)
			continue;
		size_t n = addr_text(text, a, ver);
		raise_alert(w, LISTS_NET, place, e, (struct view){ (const uint8_t *)text, n });
		return;
	}
}

/* ---- names ---- */

/* The name, then what it is below of: the longest that is listed. */
static void
look_domain(struct lists_watch *w, struct view name)
{
	uint8_t lower[256];
	size_t n = name.len;

	if (n && name.ptr[n - 1] == '.')
		n--;
	if (!n || n > 253)
		return;
	for (size_t i = 0; i < n; i++)
		lower[i] = (uint8_t)(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] | 0x20
									      : name.ptr[i]);
	struct cursor c = cursor_of(lower, n);
	for (unsigned i = 0; i < LABELS && cursor_left(&c); i++) {
		struct view rest = { c.at, cursor_left(&c) };
		if (look(w, LISTS_DOMAIN, rest, i == 0, name))
			return;
		const uint8_t *dot = memchr(rest.ptr, '.', rest.len);
		if (!dot)
			return;
		(void)cursor_skip(&c, (size_t)(dot - rest.ptr) + 1);
	}
}

static bool
buffer(struct lists_watch *w, enum l7_buffer what, uint8_t dir, uint16_t i, struct view *out)
{
	struct l7_ask ask = { .what = (uint8_t)what, .dir = dir, .i = i, .scratch = &w->scratch };

	return l7_tx_buffer(w->tx, &ask, out) && out->ptr;
}

/* With the server's port where that is not the usual one, and without; with the query, and
 * without. */
static void
look_url(struct lists_watch *w, struct view host)
{
	uint8_t key[LISTS_KEY_MAX];
	char text[LISTS_KEY_MAX];
	struct view uri;
	uint16_t port = w->dir == DIR_TO_SERVER ? w->p->dport : w->p->sport;

	if (!buffer(w, L7_BUF_HTTP_URI_RAW, DIR_TO_SERVER, 0, &uri) || !uri.len ||
	    host.len + uri.len + 8 > sizeof(text))
		return;
	const uint8_t *query = memchr(uri.ptr, '?', uri.len);
	for (unsigned i = 0; i < 4; i++) {
		struct view path = { uri.ptr,
			i & 1 && query ? (size_t)(query - uri.ptr) : uri.len };
		bool whole = path.ptr[0] != '/'; /* a proxy's */
		if ((i & 1 && !query) || (i & 2 && (whole || port == 80)))
			continue;
		int n = i & 2 ? snprintf(text, sizeof(text), "%.*s:%u", (int)host.len,
				    (const char *)host.ptr, port)
			      : snprintf(text, sizeof(text), "%.*s", whole ? 0 : (int)host.len,
				    (const char *)host.ptr);
		memcpy(text + n, path.ptr, path.len);
		size_t len = lists_url(
		    (struct view){ (const uint8_t *)text, (size_t)n + path.len }, key, sizeof(key));
		if (len && look(w, LISTS_URL, (struct view){ key, len }, true,
			       (struct view){ (const uint8_t *)text, (size_t)n + path.len }))
			return;
	}
}

static void
look_host(struct lists_watch *w, struct view host)
{
	look_domain(w, host);
	if (w->lists->tab[LISTS_URL].n)
		look_url(w, host);
}

/* ---- digests ---- */

static void
look_ja3(struct lists_watch *w, struct view v)
{
	(void)look(w, LISTS_JA3, v, true, (struct view){ NULL, 0 });
}

static void
look_ja4(struct lists_watch *w, struct view v)
{
	(void)look(w, LISTS_JA4, v, true, (struct view){ NULL, 0 });
}

static void
look_print(struct lists_watch *w, struct view v)
{
	uint8_t key[LISTS_KEY_MAX];
	size_t n;
	bool exact;
	static const char type[] = "cert-sha1";

	if (w->lists->cert_sha1 &&
	    lists_key((struct view){ (const uint8_t *)type, sizeof(type) - 1 }, v, key, &n,
		&exact) == LISTS_CERT)
		(void)look(w, LISTS_CERT, (struct view){ key, n }, true, (struct view){ NULL, 0 });
}

static void
look_cert(struct lists_watch *w, struct view der)
{
	uint8_t key[1 + 32] = { CRYPT_SHA256 };

	if (!w->lists->cert_sha256)
		return;
	sha256(der.ptr, der.len, key + 1);
	(void)look(
	    w, LISTS_CERT, (struct view){ key, sizeof(key) }, true, (struct view){ NULL, 0 });
}

static void
look_mail(struct lists_watch *w, struct view v)
{
	uint8_t key[320];
	size_t n = 0;
	const uint8_t *open = v.len ? memchr(v.ptr, '<', v.len) : NULL;

	if (open) {
		v.len -= (size_t)(open - v.ptr) + 1;
		v.ptr = open + 1;
	}
	for (; n < v.len && n < sizeof(key) && v.ptr[n] != '>' && v.ptr[n] > ' '; n++)
		key[n] = (uint8_t)(v.ptr[n] >= 'A' && v.ptr[n] <= 'Z' ? v.ptr[n] | 0x20 : v.ptr[n]);
	(void)look(w, LISTS_EMAIL, (struct view){ key, n }, true, (struct view){ NULL, 0 });
}

static void
look_files(struct lists_watch *w)
{
	uint8_t key[1 + CRYPT_DIGEST_MAX];

	for (uint16_t i = 0; i < w->tx->window_n; i++) {
		const struct l7_window *v = &w->tx->window[i];
		for (int kind = 0; v->file && v->last && kind < CRYPT_KINDS; kind++) {
			size_t n = w->lists->digests & 1u << kind
				       ? l7_file_digest(v->file, kind, key + 1)
				       : 0;
			key[0] = (uint8_t)kind;
			struct view name = l7_file_about(v->file).name;
			if (n && look(w, LISTS_FILE, (struct view){ key, n + 1 }, true, name))
				break;
		}
	}
}

/* ---- transactions ---- */

static const struct asked {
	uint8_t what;       /* enum l7_buffer */
	uint8_t type, also; /* tables that must have something */
	void (*look)(struct lists_watch *w, struct view v);
} asked[] = {
	{ L7_BUF_DNS_QUERY, LISTS_DOMAIN, LISTS_DOMAIN, look_domain },
	{ L7_BUF_HTTP_HOST, LISTS_DOMAIN, LISTS_URL, look_host },
	{ L7_BUF_TLS_SNI, LISTS_DOMAIN, LISTS_DOMAIN, look_domain },
	{ L7_BUF_QUIC_SNI, LISTS_DOMAIN, LISTS_DOMAIN, look_domain },
	{ L7_BUF_JA3_HASH, LISTS_JA3, LISTS_JA3, look_ja3 },
	{ L7_BUF_JA4_HASH, LISTS_JA4, LISTS_JA4, look_ja4 },
	{ L7_BUF_TLS_CERT_FINGERPRINT, LISTS_CERT, LISTS_CERT, look_print },
	{ L7_BUF_TLS_CERTS, LISTS_CERT, LISTS_CERT, look_cert },
	{ L7_BUF_SMTP_MAIL_FROM, LISTS_EMAIL, LISTS_EMAIL, look_mail },
	{ L7_BUF_SMTP_RCPT_TO, LISTS_EMAIL, LISTS_EMAIL, look_mail },
	{ L7_BUF_EMAIL_FROM, LISTS_EMAIL, LISTS_EMAIL, look_mail },
};

static void
look_tx(struct lists_watch *w)
{
	const struct lists *l = w->lists;
	struct view v;

	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		const struct asked *q = &asked[i];
		const struct l7_buffer_row *row = l7_buffer_row((enum l7_buffer)q->what);
		uint8_t ready = w->tx->ready & row->when;
		if (!(l->tab[q->type].n | l->tab[q->also].n) || !ready ||
		    !(row->protos & UINT64_C(1) << w->tx->proto))
			continue;
		for (uint8_t dir = 0; dir < 2; dir++) {
			uint8_t side = dir == DIR_TO_SERVER ? L7_READY_UP : L7_READY_DOWN;
			uint16_t most = row->when & L7_MULTI ? INSTANCES : 1;
			w->dir = dir;
			for (uint16_t k = 0; ready & side && k < most &&
					     buffer(w, (enum l7_buffer)q->what, dir, k, &v);
			     k++)
				q->look(w, v);
		}
	}
	w->dir = w->tx->dir;
	if (l->digests)
		look_files(w);
}

void
lists_packet(struct lists_watch *w, const struct lists_scene *s, struct alert_list *out)
{
	const struct lists *l = w->lists;

	if (!l || !l->n)
		return;
	bool begins = s->f && s->f->packets[0] + s->f->packets[1] == 1;
	if (!begins && !s->tx_n)
		return;
	scratch_clear(&w->scratch);
	w->p = s->p;
	w->out = out;
	w->tx = NULL;
	w->dir = (uint8_t)s->dir;
	if (begins && l->tab[LISTS_ADDRESS].n + l->tab[LISTS_NET].n) {
		look_address(w, &s->p->src, s->p->ip_ver);
		look_address(w, &s->p->dst, s->p->ip_ver);
	}
	for (size_t i = 0; i < s->tx_n; i++) {
		w->tx = &s->tx[i];
		look_tx(w);
	}
}

const struct lists_counters *
lists_count(const struct lists_watch *w)
{
	return &w->count;
}
