/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/ntp.h"

#define HEADER 48
#define STRATUM_MAX 16
#define CLOSE 10 /* seconds between receiving and answering */

static bool
control_of(struct cursor *c, struct ntp_control *out)
{
	uint8_t flags;
	if (!cursor_u8(c, &flags) || !cursor_u16(c, &out->sequence) ||
	    !cursor_u16(c, &out->status) || !cursor_u16(c, &out->association) ||
	    !cursor_u16(c, &out->offset) || !cursor_u16(c, &out->count))
		return false;
	out->response = flags & 0x80;
	out->error = flags & 0x40;
	out->more = flags & 0x20;
	out->opcode = flags & 0x1f;
	return out->count <= cursor_left(c);
}

static bool
private_of(struct cursor *c, uint8_t first, struct ntp_private *out)
{
	uint8_t auth;
	uint16_t items, size;
	if (!cursor_u8(c, &auth) || !cursor_u8(c, &out->implementation) ||
	    !cursor_u8(c, &out->request) || !cursor_u16(c, &items) || !cursor_u16(c, &size))
		return false;
	out->response = first & 0x80;
	out->more = first & 0x40;
	out->authenticated = auth & 0x80;
	out->sequence = auth & 0x7f;
	out->error = (uint8_t)(items >> 12);
	out->items = items & 0xfff;
	out->item_size = size & 0xfff;
	return true;
}

/* What stands behind the header: extension fields, then perhaps a key's number and a digest of 16
 * or 20 bytes (RFC 5905, 7.3; RFC 7822). */
static void
signature_of(struct cursor *c, struct ntp *out)
{
	uint16_t type, len;
	while (cursor_left(c) > 24) {
		if (!cursor_u16(c, &type) || !cursor_u16(c, &len) || len < 16 ||
		    !cursor_skip(c, (size_t)len - 4))
			return;
	}
	if (cursor_left(c) == 4 || cursor_left(c) == 20 || cursor_left(c) == 24)
		out->signed_ = cursor_u32(c, &out->key);
}

long
ntp_parse(struct view bytes, struct ntp *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t first, poll = 0, precision = 0;
	*out = (struct ntp){ 0 };
	if (!cursor_u8(&c, &first))
		return L7_BAD;
	out->leap = first >> 6;
	out->version = first >> 3 & 7;
	out->mode = first & 7;
	if (!out->version || out->version > 4 || (!out->mode && out->version > 1))
		return L7_BAD;
	if (out->mode == NTP_CONTROL)
		return control_of(&c, &out->control) ? (long)bytes.len : L7_BAD;
	if (out->mode == NTP_PRIVATE)
		return private_of(&c, first, &out->private) ? (long)bytes.len : L7_BAD;
	if (bytes.len < HEADER)
		return L7_BAD;
	(void)cursor_u8(&c, &out->stratum);
	(void)cursor_u8(&c, &poll);
	(void)cursor_u8(&c, &precision);
	out->poll = (int8_t)poll;
	out->precision = (int8_t)precision;
	(void)cursor_u32(&c, &out->root_delay);
	(void)cursor_u32(&c, &out->root_dispersion);
	(void)cursor_u32(&c, &out->reference_id);
	(void)cursor_u64(&c, &out->reference);
	(void)cursor_u64(&c, &out->originate);
	(void)cursor_u64(&c, &out->receive);
	(void)cursor_u64(&c, &out->transmit);
	signature_of(&c, out);
	return (long)bytes.len;
}

bool
ntp_sure(const struct ntp *m, size_t len)
{
	if (m->mode >= NTP_CONTROL || m->stratum > STRATUM_MAX || !m->transmit)
		return false;
	if (m->mode == NTP_CLIENT)
		return len == HEADER && !m->root_delay && !m->reference_id && !m->reference &&
		       !m->originate && !m->receive && m->version > 2;
	uint64_t seconds = m->transmit >> 32, before = m->receive >> 32;
	return m->mode == NTP_SERVER && m->originate && before <= seconds &&
	       seconds - before <= CLOSE && m->precision < 0 && seconds >> 31;
}
