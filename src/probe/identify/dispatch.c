/* SPDX-License-Identifier: Apache-2.0 */
/* identify: see dispatch.h. */
#define NDPI_LIB_COMPILATION /* the header then shows the module's members */
#include "dispatch.h"

#include <stdlib.h>

#include "behind.h"
#include "memory.h"

#if !NDPI_AT_LEAST(4, 4) /* what later ones do there was not looked at */

typedef void (*dissector)(struct ndpi_detection_module_struct *, struct ndpi_flow_struct *);

struct row {
	dissector look;
	uint32_t wants; /* NDPI_SELECTION_ bits that the packet must have */
	uint16_t id;    /* of the protocol, in a flow's set of those ruled out */
};

enum table { TCP_PAYLOAD, TCP_BARE, UDP, OTHER, TABLES };

struct dispatch {
	const struct ndpi_detection_module_struct *module;
	struct row row[TABLES][NDPI_MAX_SUPPORTED_PROTOCOLS + 1];
	uint32_t n[TABLES];
};

static _Thread_local const struct dispatch *mine;

/* ---- making ---- */

/* Its only member; -1 when it has none, or more. */
static int
only_member(const NDPI_PROTOCOL_BITMASK *set)
{
	int only = -1;

	for (int i = 0; i < NDPI_MAX_SUPPORTED_PROTOCOLS; i++) {
		if (!NDPI_ISSET(set, i))
			continue;
		if (only >= 0)
			return -1;
		only = i;
	}
	return only;
}

/* Those that look at flows of which nothing is known; false when one is not as we know them. */
static bool
fill(struct dispatch *d, enum table t, const struct ndpi_call_function_struct *c, uint32_t n)
{
	if (n > NDPI_MAX_SUPPORTED_PROTOCOLS)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		int id = only_member(&c[i].excluded_protocol_bitmask);
		if (id < 0 || !c[i].func)
			return false;
		if (NDPI_ISSET(&c[i].detection_bitmask, NDPI_PROTOCOL_UNKNOWN))
			d->row[t][d->n[t]++] =
			    (struct row){ c[i].func, c[i].ndpi_selection_bitmask, (uint16_t)id };
	}
	return true;
}

struct dispatch *
dispatch_new(struct ndpi_detection_module_struct *m)
{
	struct dispatch *d = memory_laid_out(m) ? calloc(1, sizeof(*d)) : NULL;

	if (!d)
		return NULL;
	d->module = m;
	if (fill(d, TCP_PAYLOAD, m->callback_buffer_tcp_payload,
		m->callback_buffer_size_tcp_payload) &&
	    fill(d, TCP_BARE, m->callback_buffer_tcp_no_payload,
		m->callback_buffer_size_tcp_no_payload) &&
	    fill(d, UDP, m->callback_buffer_udp, m->callback_buffer_size_udp) &&
	    fill(d, OTHER, m->callback_buffer_non_tcp_udp, m->callback_buffer_size_non_tcp_udp))
		return d;
	free(d);
	return NULL;
}

void
dispatch_free(struct dispatch *d)
{
	free(d);
}

void
dispatch_use(const struct dispatch *d)
{
	mine = d;
}

/* ---- one packet ---- */

static bool
may_look(
    const struct ndpi_call_function_struct *c, const struct ndpi_flow_struct *f, uint32_t packet)
{
	if ((c->ndpi_selection_bitmask & ~packet) ||
	    !NDPI_ISSET(&c->detection_bitmask, NDPI_PROTOCOL_UNKNOWN))
		return false;
	for (size_t i = 0; i < NDPI_NUM_FDS_BITS; i++) {
		if (f->excluded_protocol_bitmask.fds_bits[i] &
		    c->excluded_protocol_bitmask.fds_bits[i])
			return false;
	}
	return true;
}

/* The dissector of the protocol that the ports suggest goes first; *calls: was it asked? Returns
 * the one that is not to be asked again. */
static dissector
ask_guessed(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f, uint32_t packet,
    enum table t, uint32_t *calls)
{
	uint16_t guess = f->guessed_protocol_id;
	const ndpi_proto_defaults_t *p = &m->proto_defaults[guess];

	if (guess == NDPI_PROTOCOL_UNKNOWN || p->protoId == NDPI_PROTOCOL_UNKNOWN || !p->func ||
	    !may_look(&m->callback_buffer[p->protoIdx], f, packet))
		return NULL;
	if (t == TCP_BARE && m->callback_buffer[guess].ndpi_selection_bitmask &
				 NDPI_SELECTION_BITMASK_PROTOCOL_HAS_PAYLOAD)
		return NULL;
	p->func(m, f);
	++*calls;
	return m->proto_defaults[f->guessed_protocol_id].func; /* it may have guessed anew */
}

static uint32_t
ask_all(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f, uint32_t packet,
    enum table t, dissector but)
{
	uint32_t calls = 0;

	for (uint32_t i = 0; i < mine->n[t] && !f->detected_protocol_stack[0]; i++) {
		const struct row *r = &mine->row[t][i];
		if (r->wants & ~packet || NDPI_ISSET(&f->excluded_protocol_bitmask, r->id) ||
		    r->look == but)
			continue;
		r->look(m, f);
		calls++;
	}
	return calls;
}

/* What the protocol may carry, until one of it is found. */
static uint32_t
ask_carried(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f, uint32_t packet,
    dissector but)
{
	const ndpi_proto_defaults_t *all = m->proto_defaults;
	uint32_t calls = 0;

	for (uint32_t i = 0; i < all[f->detected_protocol_stack[0]].subprotocol_count; i++) {
		uint16_t id = all[f->detected_protocol_stack[0]].subprotocols[i];
		if (id == (uint16_t)NDPI_PROTOCOL_MATCHED_BY_CONTENT)
			continue;
		const struct ndpi_call_function_struct *c = &m->callback_buffer[all[id].protoIdx];
		if (all[id].func != but && may_look(c, f, packet)) {
			c->func(m, f);
			calls++;
		}
		if (f->detected_protocol_stack[1] != NDPI_PROTOCOL_UNKNOWN)
			break;
	}
	return calls;
}

static enum table
table_of(const struct ndpi_packet_struct *p)
{
	if (p->tcp)
		return p->payload_packet_len ? TCP_PAYLOAD : TCP_BARE;
	return p->udp ? UDP : OTHER;
}

/* The library's: how many dissectors looked. That none did is what ends its interest in a flow; a
 * segment without payload counts as one. */
u_int32_t
ndpi_check_flow_func(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f,
    NDPI_SELECTION_BITMASK_PROTOCOL_SIZE *packet)
{
	static _Thread_local u_int32_t (*own)(struct ndpi_detection_module_struct *,
	    struct ndpi_flow_struct *, NDPI_SELECTION_BITMASK_PROTOCOL_SIZE *);

	if (!f || !mine || mine->module != m || f->detected_protocol_stack[0]) {
		if (!own)
			behind("ndpi_check_flow_func", &own);
		return own(m, f, packet);
	}
	enum table t = table_of(&m->packet);
	uint32_t calls = t == TCP_BARE;
	dissector first = ask_guessed(m, f, *packet, t, &calls);
	calls += ask_all(m, f, *packet, t, first);
	return calls + ask_carried(m, f, *packet, first);
}

#else

struct dispatch *
dispatch_new(struct ndpi_detection_module_struct *m)
{
	(void)m;
	return NULL;
}

void
dispatch_free(struct dispatch *d)
{
	(void)d;
}

void
dispatch_use(const struct dispatch *d)
{
	(void)d;
}

#endif
