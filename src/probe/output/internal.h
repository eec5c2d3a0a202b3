/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the output stage share: the state, and the beginning and end of a line.
 */
#ifndef WANGLOU_PROBE_OUTPUT_INTERNAL_H
#define WANGLOU_PROBE_OUTPUT_INTERNAL_H

#include "lib/buf.h"
#include "lib/jw.h"
#include "lib/mask.h"
#include "probe/output.h"
#include "profile.h"
#include "wire/event.h"
#include "wire/lane.h"

enum event_type {
#define EV_EVENT(name, lane, doc) EVENT_##name,
#define EV_HAS(key, object, need)
#define EV_EVENT_END(name)
#include "wire/event.def"
	EVENT_COUNT
};

/* A Community ID costs a SHA-1, and flows are spoken of more than once. */
#define KNOWN_IDS 1024
struct known_id {
	uint64_t flow;
	char text[32];
};

struct output {
	struct output_config config;
	struct ev_probe probe;
	bool wanted[EVENT_COUNT];
	struct buf line;
	struct buf events; /* decode's, of a stats event */
	struct buf part;   /* a member that is written before its object */
	struct jw w;
	uint64_t failed; /* events too large */
	struct mask mask;
	uint64_t held_back; /* by their profile */
	bool odd[3];        /* types of anomalies wanted */
	bool with[3];       /* WITH_: what alerts have besides */
	struct profile profile[EVENT_COUNT];
	struct known_id known[KNOWN_IDS];
};

/* The two ends an event is about, as text. */
struct output_ends {
	char src[ADDR_TEXT], dest[ADDR_TEXT];
	char proto[16];
	struct view source;
	struct ev_link link;
	struct ev_tunnel tunnel;
	char outer_src[ADDR_TEXT], outer_dest[ADDR_TEXT];
	char outer_proto[16];
};

enum { ODD_OF_DECODE, ODD_OF_STREAM, ODD_OF_APPLAYER };
enum { WITH_PAYLOAD, WITH_PRINTABLE, WITH_PACKET };

/* A head of which nothing is known but who speaks. */
struct ev_head
head_blank(const struct ev_probe *probe);

/* Fill the head from flow or packet: client to server when the event is about the flow, else as the
 * packet went. */
void
head_fill(struct output *o, const struct output_scene *s, bool as_packet, struct ev_head *head,
    struct output_ends *ends);

/* Text of an address in the form that is configured for IPv6. */
void
address_text(const struct output *o, char out[ADDR_TEXT], const struct addr *a, uint8_t ver);

/* Fill the head's addresses from values of their own. */
void
head_addresses(const struct output *o, uint8_t ver, const struct addr *src, const struct addr *dst,
    struct ev_head *head, struct output_ends *ends);

/* Fill the head's interface and what is known of it. NULL is no interface. */
void
head_link(
    const struct output *o, const char *interface, struct ev_head *head, struct output_ends *ends);

/* Text of a transport protocol: "TCP"; unknown ones as a number in `room`. */
const char *
head_proto(uint8_t proto, char room[16]);

/* Fill head->vlan; o->part is in use until line_begin. */
/* The other end was the sender: it comes first. */
void
line_turn(struct ev_head *head);
void
line_vlan(struct output *o, const struct output_scene *s, struct ev_head *head);

/* Begin a line: "{" and the head. */
void
line_begin(struct output *o, const struct ev_head *head);

/* Write segment and geoip of two addresses, where known. */
void
line_learned(struct output *o, uint8_t ver, const struct addr *src, const struct addr *dst);

/* Head of an event between two hosts that is about no flow of ours. */
struct output_pair {
	struct addr src, dst;
	uint16_t sport, dport; /* 0: not shown */
	uint8_t ver, proto;
	uint64_t ts;
};
void
head_pair(const struct output *o, const struct output_pair *p, struct ev_head *head,
    struct output_ends *ends);

/* Write ndpi of a flow, where known. */
void
line_ndpi(struct output *o, const struct flow *f);

/* ---- verdict.c ---- */

/* Fill the object of a reason; false: there is none of that number. */
bool
verdict_reason_fill(struct ev_verdict_reason *e, const struct verdict_said *said);

/* ---- vars.c ---- */

/* Write what rules left at the scene's flow: traffic and metadata. */
void
line_vars(struct output *o, const struct output_scene *s);

/* ---- matches.c ---- */

/* Write a text that a pattern took out, or *** when it is a secret. */
void
matches_text(struct output *o, struct jw *w, const struct alert_match *m);

/* Append the array of what the alert's patterns were found at to o->part. */
void
matches_put(struct output *o, const struct alert *a);
/* The frame in base64, in o->part; NULL when its payload holds a secret. */
const char *
matches_frame(struct output *o, const struct packet *p);
/* Fill what output.alert-with asks for; o->part is in use until it is written. */
void
matches_payload(struct output *o, const struct output_scene *s, const struct alert *a,
    struct ev_alert_tail *tail, struct ev_packet_info *info);

/* Append base64 (RFC 4648) and a terminator to o->part; where it begins. */
size_t
matches_base64(struct output *o, struct view v);
/* The bytes without the secrets among them: all of them, a copy of the mask's, or ***. */
struct view
matches_masked(struct output *o, struct view raw);

/* ---- frame.c ---- */

/* Write the object of a frame, key and value; o->part is in use meanwhile. */
void
frame_write(struct output *o, struct jw *w, const struct l7_frame *f);

/* ---- codes.c ---- */

/* Write attack and gbt20986 of the alert. */
void
codes_write(struct output *o, const struct alert *a);
/* Append the arrays of CVE names, of other references to o->part; false: there is none. */
bool
codes_cve_put(struct output *o, const struct alert *a);
bool
codes_references_put(struct output *o, const struct alert *a);

/* End the line and hand it on. */
void
line_end(struct output *o, enum event_type type, uint64_t ts);

#endif
