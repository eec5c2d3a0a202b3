/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defrag: a sequence of fragments. First byte: bits 0-3 the receiver's system, bit 4 little room.
 * Then eight bytes a fragment: what it is of (bits 0-1 id, bit 2 IPv6, bit 3 more to come, bit 4
 * VLAN, bits 5-7 units of header options, 7 for a long one), offset in eights and length (little
 * endian), quarters of seconds passed, pattern of its bytes, protocol and depth.
 */
#include <stdlib.h>

#include "probe/defrag.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IDS 16
#define WHOLE_MAX (65535 + 40)

/* Which bytes of a datagram were ever sent, since it was last whole or everything was forgotten; a
 * byte that came twice may be either. */
struct shadow {
	bool used;
	bool sent[65536];
	uint8_t value[65536];
	bool doubtful[65536];
};

static struct shadow shadow[IDS];
static uint8_t bytes[65536];

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
note(struct shadow *s, const struct fragment *f)
{
	s->used = true;
	for (size_t i = 0; i < f->data.len && f->offset + i < sizeof(s->value); i++) {
		size_t at = f->offset + i;
		s->doubtful[at] |= s->sent[at] && s->value[at] != f->data.ptr[i];
		s->sent[at] = true;
		s->value[at] = f->data.ptr[i];
	}
}

static void
check(const struct shadow *s, const struct joined *j, uint8_t ver)
{
	must(j->l3.len <= WHOLE_MAX && j->header >= 20 && j->l3.len > j->header);
	must(ver == 4 ? j->l3.len <= 65535 : j->header == 40);
	for (size_t i = 0; i < j->l3.len - j->header; i++) {
		must(s->sent[i]);
		must(s->doubtful[i] || j->l3.ptr[j->header + i] == s->value[i]);
	}
}

/* One fragment of the input; the datagram's number, or negative at the end. */
static int
next(struct cursor *c, struct fragment *f, unsigned *depth)
{
	static const uint8_t header[60] = { 0x45 };
	uint8_t kind, passed, pattern, proto;
	uint16_t offset, len;

	if (!cursor_u8(c, &kind) || !cursor_u16_le(c, &offset) || !cursor_u16_le(c, &len) ||
	    !cursor_u8(c, &passed) || !cursor_u8(c, &pattern) || !cursor_u8(c, &proto))
		return -1;
	uint8_t ver = kind & 4 ? 6 : 4;
	len = (kind & 0xe0) == 0xe0 ? len : len & 0x7ff;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(pattern + i * 7);
	f->key = (struct defrag_key){ .id = kind & 3, .vlan_n = kind >> 4 & 1, .ver = ver };
	f->key.proto = ver == 4 ? 17 : 0;
	f->ts += passed * 1000000000ull / 4;
	f->offset = (offset & 0x1fffu) * 8;
	f->wirelen = len + 34u;
	f->proto = proto;
	f->more = kind & 8;
	f->header = (struct view){ header, ver == 6 ? 40 : 20 + (kind >> 5) * 4u };
	f->data = (struct view){ bytes, len };
	*depth = proto % DEFRAG_DEPTH;
	return (kind & 3) | (kind & 4) | (kind >> 4 & 1) << 3;
}

static struct targets *
targets_of(uint8_t system)
{
	char all[] = "default", name[32];
	struct conf_pair pair = { name, all };
	struct conf_map map = { &pair, 1 };
	const char *text = target_name((enum target_policy)(system % TARGET_COUNT));

	memcpy(name, text, strlen(text) + 1);
	return targets_new(&map, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct decode_counters n = { 0 };
	struct fragment f = { .ts = 1000000000ull };
	uint64_t taken = 0, joined = 0;
	uint8_t mode;
	unsigned depth;
	int which;

	if (!cursor_u8(&c, &mode))
		return 0;
	struct targets *t = targets_of(mode & 15);
	struct defrag_config config = { .max_datagrams = mode & 16 ? 2 : 64,
		.memory = DEFRAG_MEMORY_MIN,
		.timeout = 60 * 1000000000ull,
		.targets = t,
		.seed = HASH_KEY_FIXED };
	struct defrag *d = defrag_new(&config);
	must(t && d);
	while ((which = next(&c, &f, &depth)) >= 0) {
		struct joined j;
		note(&shadow[which], &f);
		taken++;
		if (!defrag_add(d, &f, depth, &n, &j))
			continue;
		check(&shadow[which], &j, f.key.ver);
		memset(&shadow[which], 0, sizeof(shadow[which]));
		joined++;
	}
	must(n.defrag_joined == joined && n.defrag_conflicts <= n.defrag_overlaps);
	must(n.defrag_waiting <= config.max_datagrams);
	must(n.defrag_joined + n.defrag_waiting + n.defrag_timeouts + n.defrag_evicted <= taken);
	defrag_forget(d, &n);
	must(n.defrag_waiting == 0);
	for (int i = 0; i < IDS; i++)
		if (shadow[i].used)
			memset(&shadow[i], 0, sizeof(shadow[i]));
	defrag_free(d);
	targets_free(t);
	return 0;
}
