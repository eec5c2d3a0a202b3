/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/ssh.h"
#include "lib/md5.h"
#include "probe/l7/parse.h"

#define LINE_MAX_BYTES 255  /* RFC 4253, 4.2 */
#define OTHER_LINE_MAX 1024 /* lines before it have no limit there */
#define PACKET_MAX 262144   /* RFC 4253, 6.1 asks for 35000; implementations take this much */

struct size {
	const char *name;
	uint8_t bytes; /* cipher: block; mac: digest */
	bool other;    /* cipher: carries its own digest of 16 bytes (AEAD); mac: length is not
			  encrypted (etm) */
};

static const struct size ciphers[] = {
	{ "chacha20-poly1305@openssh.com", 8, true },
	{ "aes128-gcm@openssh.com", 16, true },
	{ "aes256-gcm@openssh.com", 16, true },
	{ "aes128-ctr", 16, false },
	{ "aes192-ctr", 16, false },
	{ "aes256-ctr", 16, false },
	{ "aes128-cbc", 16, false },
	{ "aes192-cbc", 16, false },
	{ "aes256-cbc", 16, false },
	{ "3des-cbc", 8, false },
	{ "3des-ctr", 8, false },
	{ "blowfish-cbc", 8, false },
	{ "cast128-cbc", 8, false },
	{ "arcfour", 8, false },
	{ "arcfour128", 8, false },
	{ "arcfour256", 8, false },
	{ "rijndael-cbc@lysator.liu.se", 16, false },
};

static const struct size macs[] = {
	{ "hmac-sha2-256", 32, false },
	{ "hmac-sha2-512", 64, false },
	{ "hmac-sha1", 20, false },
	{ "hmac-md5", 16, false },
	{ "hmac-sha1-96", 12, false },
	{ "hmac-md5-96", 12, false },
	{ "hmac-ripemd160", 20, false },
	{ "hmac-ripemd160@openssh.com", 20, false },
	{ "umac-64@openssh.com", 8, false },
	{ "umac-128@openssh.com", 16, false },
	{ "hmac-sha2-256-etm@openssh.com", 32, true },
	{ "hmac-sha2-512-etm@openssh.com", 64, true },
	{ "hmac-sha1-etm@openssh.com", 20, true },
	{ "hmac-md5-etm@openssh.com", 16, true },
	{ "hmac-sha1-96-etm@openssh.com", 12, true },
	{ "hmac-md5-96-etm@openssh.com", 12, true },
	{ "hmac-ripemd160-etm@openssh.com", 20, true },
	{ "umac-64-etm@openssh.com", 8, true },
	{ "umac-128-etm@openssh.com", 16, true },
};

/* Take up to `sep` (which is dropped) or to the end. False when nothing is left. */
static bool
word(struct cursor *c, uint8_t sep, struct view *out)
{
	size_t left = cursor_left(c), n = 0;
	uint8_t byte;
	if (left == 0)
		return false;
	while (cursor_peek(c, n, &byte) && byte != sep)
		n++;
	(void)cursor_take(c, n, out);
	(void)cursor_skip(c, 1);
	return true;
}

static bool
identification(struct view line, struct ssh_greeting *out)
{
	struct cursor c = cursor_of_view(line);
	struct view ssh;
	if (line.len > LINE_MAX_BYTES || !word(&c, '-', &ssh) || !view_is(ssh, "SSH"))
		return false;
	if (!word(&c, '-', &out->proto) || out->proto.len == 0)
		return false;
	if (!word(&c, ' ', &out->software))
		out->software = (struct view){ c.at, 0 };
	return true;
}

long
ssh_greeting(struct view bytes, unsigned lines, struct ssh_greeting *out)
{
	struct cursor c = cursor_of_view(bytes);
	struct view line;
	for (unsigned i = 0; i <= lines; i++) {
		if (!cursor_line(&c, &line))
			return cursor_left(&c) > (lines ? OTHER_LINE_MAX : LINE_MAX_BYTES)
				   ? L7_BAD
				   : L7_MORE;
		if (identification(line, out))
			return (long)(bytes.len - cursor_left(&c));
	}
	return L7_BAD;
}

long
ssh_packet(struct view bytes, uint8_t *message, struct view *rest)
{
	struct cursor c = cursor_of_view(bytes), body;
	uint32_t n;
	uint8_t padding;
	if (!cursor_u32(&c, &n))
		return L7_MORE;
	if (n < 6 || n > PACKET_MAX)
		return L7_BAD;
	if (!cursor_sub(&c, n, &body))
		return L7_MORE;
	if (!cursor_u8(&body, &padding) || !cursor_u8(&body, message) ||
	    padding > cursor_left(&body))
		return L7_BAD;
	(void)cursor_take(&body, cursor_left(&body) - padding, rest);
	return 4L + (long)n;
}

static bool
name_list(struct cursor *c, struct view *out)
{
	uint32_t n;
	return cursor_u32(c, &n) && cursor_take(c, n, out);
}

long
ssh_kexinit(struct view rest, struct ssh_kexinit *out)
{
	struct cursor c = cursor_of_view(rest);
	bool ok = cursor_skip(&c, 16) && name_list(&c, &out->kex) && name_list(&c, &out->host_key);
	struct view *pairs[] = { out->cipher, out->mac, out->compression };
	for (int i = 0; i < 3; i++)
		ok = ok && name_list(&c, &pairs[i][0]) && name_list(&c, &pairs[i][1]);
	return ok ? (long)rest.len : L7_BAD;
}

size_t
ssh_hassh(const struct ssh_kexinit *k, unsigned side, char *text, size_t room, uint8_t md5[16])
{
	const struct view parts[] = { k->kex, k->cipher[side], k->mac[side], k->compression[side] };
	struct md5 m;
	size_t len = 0;
	bool cut = false;
	md5_init(&m);
	for (int i = 0; i < 4; i++) {
		if (i)
			md5_add(&m, ";", 1);
		md5_add(&m, parts[i].ptr, parts[i].len);
		cut = cut || parts[i].len + 1 > room - len;
		if (cut)
			continue;
		if (i)
			text[len++] = ';';
		memcpy(text + len, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	md5_done(&m, md5);
	return cut ? 0 : len;
}

static bool
has(struct view list, struct view name)
{
	struct cursor c = cursor_of_view(list);
	struct view one = { NULL, 0 };
	while (word(&c, ',', &one)) {
		if (one.len == name.len && memcmp(one.ptr, name.ptr, name.len) == 0)
			return true;
	}
	return false;
}

static bool
agreed(struct view client, struct view server, struct view *out)
{
	struct cursor c = cursor_of_view(client);
	while (word(&c, ',', out)) {
		if (has(server, *out))
			return true;
	}
	return false;
}

static const struct size *
size_of(const struct size *rows, size_t n, struct view name)
{
	for (size_t i = 0; i < n; i++) {
		if (view_is(name, rows[i].name))
			return &rows[i];
	}
	return NULL;
}

unsigned
ssh_sealed(const struct ssh_kexinit *client, const struct ssh_kexinit *server, unsigned payload)
{
	struct view cipher, mac, compression;
	if (!agreed(client->cipher[1], server->cipher[1], &cipher) ||
	    !agreed(client->compression[1], server->compression[1], &compression) ||
	    view_is(compression, "zlib"))
		return 0;
	const struct size *e = size_of(ciphers, sizeof(ciphers) / sizeof(*ciphers), cipher);
	const struct size *m = NULL;
	if (e && !e->other && agreed(client->mac[1], server->mac[1], &mac))
		m = size_of(macs, sizeof(macs) / sizeof(*macs), mac);
	if (!e || (!e->other && !m))
		return 0;
	/* the length field counts towards the padded size unless it stays outside the cipher */
	unsigned outside = e->other || m->other ? 4 : 0;
	unsigned inside = (4 - outside) + 1 + payload + 4; /* least padding: four bytes */
	unsigned padded = (inside + e->bytes - 1) / e->bytes * e->bytes;
	if (outside + padded < 16)
		padded = padded < 16 && e->bytes == 8 && !e->other ? 16 - outside : padded;
	return outside + padded + (e->other ? 16 : m->bytes);
}
