/* SPDX-License-Identifier: Apache-2.0 */
/* sip: a message of SIP or RTSP, for the rows and their writers. */
#ifndef WANGLOU_PROBE_L7_SIP_H
#define WANGLOU_PROBE_L7_SIP_H

#include "../row.h"
#include "probe/l7/message.h"

struct sip_tx {
	struct message m;
	uint8_t login; /* enum l7_login */
};

/* row->buffer (sip_look.c). */
bool
sip_buffer(const void *tx, const struct l7_ask *ask, struct view *out);

/* Write "sip":{...}. */
void
sip_write(const void *tx, struct jw *w);

/* Write the members of an SDP object. */
void
sdp_write(struct jw *w, struct view description);

/* Write "auth":{...} of a message's credentials, without the answer itself. */
void
sip_auth_write(struct jw *w, const struct message *m);

/* Expect the media that a description of a message going `dir` names. `name` is told to RTP. */
void
sdp_expect(struct l7 *l, struct view description, struct view name);

/* The content of the first element <name> of an XML text; ptr NULL: there is none. */
struct view
manscdp_element(struct view xml, const char *name);

/* Name of the root element. */
struct view
manscdp_root(struct view xml);

/* The 20 digits of a GB/T 28181 device in a SIP address; ptr NULL: there are none. */
struct view
gb28181_id(struct view address);

#endif
