/* SPDX-License-Identifier: Apache-2.0 */
/* flow: Community ID v1 (github.com/corelight/community-id-spec), seed 0. */
#include "internal.h"
#include "lib/sha1.h"

/* The message that is hashed, written front to back. */
struct message {
	uint8_t bytes[2 + 16 + 16 + 1 + 1 + 4];
	size_t len;
};

struct end {
	const struct addr *addr;
	uint16_t port;
};

static void
add(struct message *m, const void *data, size_t n)
{
	memcpy(m->bytes + m->len, data, n);
	m->len += n;
}

static void
add_u16(struct message *m, uint16_t v)
{
	uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	add(m, b, 2);
}

static void
base64(const uint8_t *in, size_t n, char *out)
{
	static const char digit[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16 | (i + 1 < n ? (uint32_t)in[i + 1] << 8 : 0) |
			     (i + 2 < n ? in[i + 2] : 0);
		*out++ = digit[v >> 18];
		*out++ = digit[v >> 12 & 63];
		*out++ = i + 1 < n ? digit[v >> 6 & 63] : '=';
		*out++ = i + 2 < n ? digit[v & 63] : '=';
	}
	*out = '\0';
}

/* ICMP types stand in the place of ports. True: the ends are put in order. */
static bool
ends(const struct flow *f, struct end *a, struct end *b)
{
	*a = (struct end){ &f->key.client, f->key.cport };
	*b = (struct end){ &f->key.server, f->key.sport };
	if (!proto_is_icmp(f->key.proto, f->key.ip_ver))
		return true;
	int reply = flow_icmp_reply(f->key.ip_ver, f->icmp_type);
	a->port = f->icmp_type;
	b->port = reply < 0 ? f->icmp_code : (uint16_t)reply;
	return reply >= 0;
}

void
flow_community_id(const struct flow *f, char out[32])
{
	struct message m = { .len = 0 };
	struct end a, b;
	uint8_t digest[20];
	size_t n = f->key.ip_ver == 4 ? 4 : 16;

	if (ends(f, &a, &b)) {
		int order = addr_cmp(a.addr, b.addr);
		if (order > 0 || (order == 0 && a.port > b.port)) {
			struct end swap = a;
			a = b;
			b = swap;
		}
	}
	add_u16(&m, 0);
	add(&m, a.addr->b, n);
	add(&m, b.addr->b, n);
	add_u16(&m, (uint16_t)(f->key.proto << 8));
	if (proto_has_ports(f->key.proto) || proto_is_icmp(f->key.proto, f->key.ip_ver)) {
		add_u16(&m, a.port);
		add_u16(&m, b.port);
	}
	sha1(m.bytes, m.len, digest);
	out[0] = '1';
	out[1] = ':';
	base64(digest, sizeof(digest), out + 2);
}
