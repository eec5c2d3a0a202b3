/* SPDX-License-Identifier: Apache-2.0 */
/* NTP in the table of protocols: a transaction is a packet. */
#include <stdio.h>

#include "../item.h"
#include "probe/l7/ntp.h"
#include "wire/event.h"

#define NTP_PORT 123
#define FROM_1900 UINT64_C(2208988800) /* seconds to 1970 */

static enum l7_guess
probe(const struct l7_first *first)
{
	const struct flow_key *k = first->key;
	struct ntp m;
	if (ntp_parse(first->data, &m) < 0)
		return L7_NO;
	if (k->sport == NTP_PORT || k->cport == NTP_PORT)
		return L7_YES;
	return ntp_sure(&m, first->data.len) ? L7_YES : L7_NO;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct ntp *m = l7_once(l, sizeof(*m));
	if (!m)
		return (long)bytes.len;
	if (ntp_parse(bytes, m) < 0) {
		l7_odd(l, lf, "malformed_data", -1, dir);
		return L7_BAD;
	}
	l7_once_say(l, lf, m, dir == DIR_TO_SERVER ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
	return (long)bytes.len;
}

static const char *
mode_name(uint8_t mode)
{
	static const char *const names[] = { "reserved", "symmetric_active", "symmetric_passive",
		"client", "server", "broadcast", "control", "private" };
	return names[mode & 7];
}

static void
write_named(struct jw *w, const char *name, unsigned number)
{
	char text[12];
	(void)snprintf(text, sizeof(text), "%u", number);
	jw_text(w, name ? name : text);
}

/* RFC 9327, 2 */
static const char *
opcode_name(uint8_t opcode)
{
	static const char *const names[32] = { [1] = "read_status",
		[2] = "read_variables",
		[3] = "write_variables",
		[4] = "read_clock_variables",
		[5] = "write_clock_variables",
		[6] = "set_trap",
		[7] = "trap_response",
		[8] = "configure",
		[9] = "save_config",
		[10] = "read_mru",
		[11] = "read_ordered_list",
		[12] = "request_nonce",
		[31] = "unset_trap" };
	return names[opcode & 31];
}

static const char *
request_name(uint8_t request)
{
	static const char *const names[46] = { "PEER_LIST", "PEER_LIST_SUM", "PEER_INFO",
		"PEER_STATS", "SYS_INFO", "SYS_STATS", "IO_STATS", "MEM_STATS", "LOOP_INFO",
		"TIMER_STATS", "CONFIG", "UNCONFIG", "SET_SYS_FLAG", "CLR_SYS_FLAG", "MONITOR",
		"NOMONITOR", "GET_RESTRICT", "RESADDFLAGS", "RESSUBFLAGS", "UNRESTRICT",
		"MON_GETLIST", "RESET_STATS", "RESET_PEER", "REREAD_KEYS", "DO_DIRTY_HACK",
		"DONT_DIRTY_HACK", "TRUSTKEY", "UNTRUSTKEY", "AUTHINFO", "TRAPS", "ADD_TRAP",
		"CLR_TRAP", "REQUEST_KEY", "CONTROL_KEY", "GET_CTLSTATS", "GET_LEAPINFO",
		"GET_CLOCKINFO", "SET_CLKFUDGE", "GET_KERNEL", "GET_CLKBUGINFO", NULL,
		"SET_PRECISION", "MON_GETLIST_1", "HOSTNAME_ASSOCID", "IF_STATS", "IF_RELOAD" };
	return request < 46 ? names[request] : NULL;
}

static void
write_true(struct jw *w, const char *key, bool set)
{
	if (!set)
		return;
	jw_key_n(w, key, strlen(key));
	jw_bool(w, true);
}

static void
write_control(struct jw *w, const struct ntp_control *c)
{
	ev_key(w, ntp, control);
	jw_object(w);
	ev_key(w, ntp_control, opcode);
	write_named(w, opcode_name(c->opcode), c->opcode);
	ev_key(w, ntp_control, response);
	jw_bool(w, c->response);
	write_true(w, EV_KEY(ntp_control, error), c->error);
	write_true(w, EV_KEY(ntp_control, more), c->more);
	jw_put_u64(w, EV_KEY(ntp_control, sequence), c->sequence);
	jw_put_u64(w, EV_KEY(ntp_control, status), c->status);
	jw_put_u64(w, EV_KEY(ntp_control, association_id), c->association);
	jw_put_u64(w, EV_KEY(ntp_control, offset), c->offset);
	jw_put_u64(w, EV_KEY(ntp_control, count), c->count);
	jw_object_end(w);
}

static void
write_private(struct jw *w, const struct ntp_private *p)
{
	ev_key(w, ntp, private);
	jw_object(w);
	ev_key(w, ntp_private, request);
	write_named(w, request_name(p->request), p->request);
	ev_key(w, ntp_private, response);
	jw_bool(w, p->response);
	write_true(w, EV_KEY(ntp_private, more), p->more);
	write_true(w, EV_KEY(ntp_private, authenticated), p->authenticated);
	jw_put_u64(w, EV_KEY(ntp_private, sequence), p->sequence);
	jw_put_u64(w, EV_KEY(ntp_private, implementation), p->implementation);
	jw_put_u64(w, EV_KEY(ntp_private, error), p->error);
	jw_put_u64(w, EV_KEY(ntp_private, items), p->items);
	jw_put_u64(w, EV_KEY(ntp_private, item_size), p->item_size);
	jw_object_end(w);
}

/* A clock without its highest bit is of the era that begins in 2036. */
static void
write_time(struct jw *w, const char *key, uint64_t time)
{
	uint64_t seconds = time >> 32;
	if (!time)
		return;
	if (!(seconds >> 31))
		seconds += UINT64_C(1) << 32;
	uint64_t ns = (time & UINT32_MAX) * UINT64_C(1000000000) >> 32;
	jw_key_n(w, key, strlen(key));
	if (seconds >= FROM_1900)
		jw_time(w, (seconds - FROM_1900) * UINT64_C(1000000000) + ns);
	else
		jw_text(w, "before 1970");
}

static void
write_reference(struct jw *w, const struct ntp *m)
{
	uint8_t b[4] = { (uint8_t)(m->reference_id >> 24), (uint8_t)(m->reference_id >> 16),
		(uint8_t)(m->reference_id >> 8), (uint8_t)m->reference_id };
	size_t len = 4;
	char text[16];
	while (len && !b[len - 1])
		len--;
	ev_key(w, ntp, reference_id);
	if (m->stratum <= 1) {
		jw_bytes(w, b, len);
	} else {
		(void)snprintf(text, sizeof(text), "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
		jw_text(w, text);
	}
	if (m->mode == NTP_SERVER && !m->stratum && len) {
		ev_key(w, ntp, kiss_code);
		jw_bytes(w, b, len);
	}
}

static void
write_clock(struct jw *w, const struct ntp *m)
{
	jw_put_u64(w, EV_KEY(ntp, stratum), m->stratum);
	write_reference(w, m);
	jw_put_u64(w, EV_KEY(ntp, leap), m->leap);
	ev_key(w, ntp, poll);
	jw_i64(w, m->poll);
	ev_key(w, ntp, precision);
	jw_i64(w, m->precision);
	ev_key(w, ntp, root_delay);
	jw_f64(w, (int32_t)m->root_delay / 65536.0, 6);
	ev_key(w, ntp, root_dispersion);
	jw_f64(w, m->root_dispersion / 65536.0, 6);
	write_time(w, EV_KEY(ntp, reference_time), m->reference);
	write_time(w, EV_KEY(ntp, originate_time), m->originate);
	write_time(w, EV_KEY(ntp, receive_time), m->receive);
	write_time(w, EV_KEY(ntp, transmit_time), m->transmit);
	if (m->signed_)
		jw_put_u64(w, EV_KEY(ntp, key_id), m->key);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct ntp *m = data_of;
	jw_key(w, "ntp");
	jw_object(w);
	jw_put_u64(w, EV_KEY(ntp, version), m->version);
	ev_key(w, ntp, mode);
	jw_text(w, mode_name(m->mode));
	if (m->mode == NTP_CONTROL)
		write_control(w, &m->control);
	else if (m->mode == NTP_PRIVATE)
		write_private(w, &m->private);
	else
		write_clock(w, m);
	jw_object_end(w);
}

const struct l7_row l7_ntp_row = {
	.name = "ntp",
	.proto = L7_NTP,
	.udp = true,
	.state_size = 1,
	.probe = probe,
	.data = data,
	.write = row_write,
};
