/* SPDX-License-Identifier: Apache-2.0 */
#include "bacnet_write.h"

#include <stdio.h>

#include "ics.h"
#include "lib/mask.h"
#include "probe/l7/bacnet.h"

#define VALUES_MAX 64
#define PROPERTIES_MAX 64
#define TEXT_MAX 512

static const char *const functions[] = { "BVLC-Result", "Write-Broadcast-Distribution-Table",
	"Read-Broadcast-Distribution-Table", "Read-Broadcast-Distribution-Table-Ack",
	"Forwarded-NPDU", "Register-Foreign-Device", "Read-Foreign-Device-Table",
	"Read-Foreign-Device-Table-Ack", "Delete-Foreign-Device-Table-Entry",
	"Distribute-Broadcast-To-Network", "Original-Unicast-NPDU", "Original-Broadcast-NPDU",
	"Secure-BVLL" };

static const char *const types[] = { "confirmed_request", "unconfirmed_request", "simple_ack",
	"complex_ack", "segment_ack", "error", "reject", "abort" };

static const char *const confirmed[] = { "acknowledgeAlarm", "confirmedCOVNotification",
	"confirmedEventNotification", "getAlarmSummary", "getEnrollmentSummary", "subscribeCOV",
	"atomicReadFile", "atomicWriteFile", "addListElement", "removeListElement", "createObject",
	"deleteObject", "readProperty", "readPropertyConditional", "readPropertyMultiple",
	"writeProperty", "writePropertyMultiple", "deviceCommunicationControl",
	"confirmedPrivateTransfer", "confirmedTextMessage", "reinitializeDevice", "vtOpen",
	"vtClose", "vtData", "authenticate", "requestKey", "readRange", "lifeSafetyOperation",
	"subscribeCOVProperty", "getEventInformation", "subscribeCOVPropertyMultiple",
	"confirmedCOVNotificationMultiple", "confirmedAuditNotification", "auditLogQuery" };

static const char *const unconfirmed[] = { "iAm", "iHave", "unconfirmedCOVNotification",
	"unconfirmedEventNotification", "unconfirmedPrivateTransfer", "unconfirmedTextMessage",
	"timeSynchronization", "whoHas", "whoIs", "utcTimeSynchronization", "writeGroup",
	"unconfirmedCOVNotificationMultiple" };

static const char *const rejects[] = { "other", "buffer-overflow", "inconsistent-parameters",
	"invalid-parameter-data-type", "invalid-tag", "missing-required-parameter",
	"parameter-out-of-range", "too-many-arguments", "undefined-enumeration",
	"unrecognized-service" };

static const char *const aborts[] = { "other", "buffer-overflow", "invalid-apdu-in-this-state",
	"preempted-by-higher-priority-task", "segmentation-not-supported", "security-error",
	"insufficient-security", "window-size-out-of-range", "application-exceeded-reply-time",
	"out-of-resources", "tsm-timeout", "apdu-too-long" };

static const char *const states[] = { "coldstart", "warmstart", "start-backup", "end-backup",
	"start-restore", "end-restore", "abort-restore", "activate-changes" };

static const char *const silences[] = { "enable", "disable", "disable-initiation" };

#define NAME(table, i)                                                                             \
	((i) >= 0 && (size_t)(i) < sizeof(table) / sizeof(*(table)) ? (table)[i] : NULL)

static void
number(struct jw *w, const char *key, int64_t v)
{
	if (v >= 0)
		jw_put_u64(w, key, (uint64_t)v);
}

static void
word(struct jw *w, const char *key, const char *name)
{
	if (!name)
		return;
	jw_key_n(w, key, strlen(key));
	jw_word(w, name);
}

/* A type of objects by name or, of a vendor's own, by number. */
static void
object_word(struct jw *w, const char *key, int32_t type)
{
	if (type < 0)
		return;
	jw_key_n(w, key, strlen(key));
	ics_write_name(w, bacnet_object_name((uint32_t)type), (uint32_t)type);
}

/* Character string: a byte says in which encoding (0: UTF-8, 4: UCS-2). */
static void
write_string(struct jw *w, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	struct view text = { 0 };
	char out[TEXT_MAX];
	size_t n = 0;
	uint8_t encoding = 0;
	uint16_t u;

	if (!cursor_u8(&c, &encoding)) {
		jw_bytes(w, "", 0);
		return;
	}
	if (encoding == 4) {
		while (n + 3 < sizeof(out) && cursor_u16(&c, &u)) {
			if (u < 0x80) {
				out[n++] = (char)u;
			} else if (u < 0x800) {
				out[n++] = (char)(0xc0 | u >> 6);
				out[n++] = (char)(0x80 | (u & 0x3f));
			} else {
				out[n++] = (char)(0xe0 | u >> 12);
				out[n++] = (char)(0x80 | (u >> 6 & 0x3f));
				out[n++] = (char)(0x80 | (u & 0x3f));
			}
		}
		jw_bytes(w, out, n);
		return;
	}
	(void)cursor_take(&c, cursor_left(&c) < TEXT_MAX ? cursor_left(&c) : TEXT_MAX, &text);
	jw_view(w, text);
}

static void
write_bits(struct jw *w, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	char out[256];
	uint8_t unused = 0, b = 0;
	size_t n = 0, all;

	(void)cursor_u8(&c, &unused);
	all = cursor_left(&c) * 8;
	all = all > unused ? all - unused : 0;
	while (n < all && n < sizeof(out)) {
		if (n % 8 == 0 && !cursor_u8(&c, &b))
			break;
		out[n] = b & (0x80 >> n % 8) ? '1' : '0';
		n++;
	}
	jw_bytes(w, out, n);
}

/* Date and time, four bytes each; 255 is any. */
static void
write_when(struct jw *w, struct view bytes, bool date)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t v[4];
	char part[4][8], text[40];

	if (!cursor_copy(&c, v, 4)) {
		jw_hex(w, bytes.ptr, bytes.len, 0);
		return;
	}
	for (int i = 0; i < 4; i++) {
		if (v[i] == 255)
			(void)snprintf(part[i], sizeof(part[i]), "*");
		else
			(void)snprintf(part[i], sizeof(part[i]), date && i == 0 ? "%u" : "%02u",
			    date && i == 0 ? 1900U + v[i] : v[i]);
	}
	if (date)
		(void)snprintf(text, sizeof(text), "%s-%s-%s", part[0], part[1], part[2]);
	else
		(void)snprintf(
		    text, sizeof(text), "%s:%s:%s.%s", part[0], part[1], part[2], part[3]);
	jw_word(w, text);
}

static void
write_object(struct jw *w, struct view bytes)
{
	char text[48], digits[12];
	const char *name;
	int32_t type, instance;

	if (!bacnet_object(bytes, &type, &instance)) {
		jw_hex(w, bytes.ptr, bytes.len, 0);
		return;
	}
	name = bacnet_object_name((uint32_t)type);
	(void)snprintf(digits, sizeof(digits), "%d", type);
	(void)snprintf(text, sizeof(text), "%s:%d", name ? name : digits, instance);
	jw_word(w, text);
}

static int64_t
signed_number(struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	int64_t v = 0;
	uint8_t b;

	for (int i = 0; i < 4 && cursor_u8(&c, &b); i++)
		v = (i == 0 ? (int8_t)b : v * 256 + b);
	return v;
}

/* Clause 20.2.2 to 20.2.14. */
static void
write_value(struct jw *w, const struct bacnet_tag *t)
{
	struct cursor c = cursor_of_view(t->bytes);
	uint32_t v4;
	uint64_t v8;

	if (t->context) {
		jw_hex(w, t->bytes.ptr, t->bytes.len < TEXT_MAX ? t->bytes.len : TEXT_MAX, 0);
	} else if (t->number == 0) {
		jw_null(w);
	} else if (t->number == 1) {
		jw_bool(w, t->length);
	} else if ((t->number == 2 || t->number == 9) && bacnet_number(t) >= 0) {
		jw_i64(w, bacnet_number(t));
	} else if (t->number == 3) {
		jw_i64(w, signed_number(t->bytes));
	} else if (t->number == 4 && cursor_u32(&c, &v4)) {
		jw_f64(w, (double)ics_f32(v4), 6);
	} else if (t->number == 5 && cursor_u64(&c, &v8)) {
		jw_f64(w, ics_f64(v8), 9);
	} else if (t->number == 7) {
		write_string(w, t->bytes);
	} else if (t->number == 8) {
		write_bits(w, t->bytes);
	} else if (t->number == 10 || t->number == 11) {
		write_when(w, t->bytes, t->number == 10);
	} else if (t->number == 12) {
		write_object(w, t->bytes);
	} else {
		jw_hex(w, t->bytes.ptr, t->bytes.len < TEXT_MAX ? t->bytes.len : TEXT_MAX, 0);
	}
}

static void
write_values(struct jw *w, struct view tags)
{
	struct cursor c = cursor_of_view(tags);
	struct bacnet_tag t;

	ev_key(w, bacnet_property, values);
	jw_array(w);
	for (int n = 0; n < VALUES_MAX && bacnet_tag(&c, &t);) {
		if (t.opening || t.closing)
			continue;
		write_value(w, &t);
		n++;
	}
	jw_array_end(w);
}

/* Class and code. */
static void
write_error(struct jw *w, struct view tags)
{
	struct cursor c = cursor_of_view(tags);
	struct bacnet_tag t;
	int64_t v[2] = { -1, -1 };

	for (int i = 0; i < 2 && bacnet_tag(&c, &t);) {
		if (t.opening || t.closing)
			continue;
		v[i++] = bacnet_number(&t);
	}
	jw_object(w);
	number(w, EV_KEY(bacnet_error, class_code), v[0]);
	word(w, EV_KEY(bacnet_error, class), v[0] >= 0 ? bacnet_error_class((uint32_t)v[0]) : NULL);
	number(w, EV_KEY(bacnet_error, code), v[1]);
	word(w, EV_KEY(bacnet_error, name), v[1] >= 0 ? bacnet_error_code((uint32_t)v[1]) : NULL);
	jw_object_end(w);
}

static void
write_property(struct jw *w, const struct bacnet_property *p)
{
	jw_object(w);
	object_word(w, EV_KEY(bacnet_property, object_type), p->object_type);
	number(w, EV_KEY(bacnet_property, object_type_code), p->object_type);
	number(w, EV_KEY(bacnet_property, instance), p->instance);
	word(w, EV_KEY(bacnet_property, property),
	    p->property >= 0 ? bacnet_property_name((uint32_t)p->property) : NULL);
	number(w, EV_KEY(bacnet_property, property_code), p->property);
	number(w, EV_KEY(bacnet_property, array_index), p->index);
	number(w, EV_KEY(bacnet_property, priority), p->priority);
	if (p->value.ptr)
		write_values(w, p->value);
	if (p->error.ptr) {
		ev_key(w, bacnet_property, error);
		write_error(w, p->error);
	}
	jw_object_end(w);
}

static void
write_properties(struct jw *w, const struct bacnet *m)
{
	struct bacnet_walk walk = bacnet_properties(m);
	struct bacnet_property p;
	int n = 0;

	while (n < PROPERTIES_MAX && bacnet_next(&walk, &p)) {
		if (n++ == 0) {
			ev_key(w, bacnet, properties);
			jw_array(w);
		}
		write_property(w, &p);
	}
	if (n)
		jw_array_end(w);
}

static void
write_main_object(struct jw *w, struct view bytes)
{
	int32_t type, instance;

	if (!bacnet_object(bytes, &type, &instance))
		return;
	object_word(w, EV_KEY(bacnet, object_type), type);
	number(w, EV_KEY(bacnet, instance), instance);
}

/* I-Am, I-Have, Who-Has, Who-Is. */
static void
write_discovery(struct jw *w, const struct bacnet *m)
{
	struct cursor c = cursor_of_view(m->body);
	struct bacnet_tag t;
	int32_t type, instance;

	for (int i = 0; bacnet_tag(&c, &t); i++) {
		if (m->service == 0 && i == 0) {
			write_main_object(w, t.bytes);
		} else if (m->service == 0 && (i == 1 || i == 3)) {
			number(w, i == 1 ? "max_apdu" : "vendor_id", bacnet_number(&t));
		} else if (m->service == 1 && i == 0 && bacnet_object(t.bytes, &type, &instance)) {
			object_word(w, EV_KEY(bacnet, device_type), type);
			number(w, EV_KEY(bacnet, device), instance);
		} else if (m->service == 1 && i == 1) {
			write_main_object(w, t.bytes);
		} else if (m->service >= 7 && t.context && t.number < 2) {
			number(w, t.number ? "high_limit" : "low_limit", bacnet_number(&t));
		} else if (m->service == 7 && t.context && t.number == 2) {
			write_main_object(w, t.bytes);
		} else if ((m->service == 1 && i == 2) ||
			   (m->service == 7 && t.context && t.number == 3)) {
			ev_key(w, bacnet, object_name);
			write_string(w, t.bytes);
		}
	}
}

/* Reinitialising and silencing: state and a password, which is never shown. */
static void
write_device_control(struct jw *w, const struct bacnet *m)
{
	struct cursor c = cursor_of_view(m->body), in;
	struct bacnet_tag t;
	bool restart = m->service == 20;
	int state_tag = restart ? 0 : 1, password_tag = restart ? 1 : 2;

	while (bacnet_tag(&c, &t)) {
		if (!t.context || t.opening || t.closing)
			continue;
		int64_t v = bacnet_number(&t);
		if (t.number == state_tag) {
			word(w, EV_KEY(bacnet, state),
			    restart ? NAME(states, v) : NAME(silences, v));
		} else if (t.number == 0) {
			number(w, EV_KEY(bacnet, duration), v);
		} else if (t.number == password_tag) {
			in = cursor_of_view(t.bytes);
			if (!cursor_skip(&in, 1)) /* the encoding */
				continue;
			ev_key(w, bacnet, password);
			mask_secret(w, ics_rest(&in));
		}
	}
}

/* Files, subscriptions, created and deleted objects: the object they are about. */
static void
write_about(struct jw *w, const struct bacnet *m)
{
	struct cursor c = cursor_of_view(m->body);
	struct bacnet_tag t;

	while (bacnet_tag(&c, &t)) {
		bool own = !t.context && t.number == 12;
		bool tagged =
		    t.context && !t.opening && !t.closing && t.number == 1 && t.bytes.len == 4;
		if (own || ((m->service == 5 || m->service == 10 || m->service == 28) && tagged)) {
			write_main_object(w, t.bytes);
			return;
		}
	}
}

static void
write_station(struct jw *w, int network, struct view address)
{
	jw_object(w);
	ev_key(w, bacnet_station, network);
	jw_u64(w, (uint64_t)network);
	if (address.len) {
		ev_key(w, bacnet_station, address);
		jw_hex(w, address.ptr, address.len, 0);
	}
	jw_object_end(w);
}

static void
write_link(struct jw *w, const struct bacnet *m)
{
	word(w, EV_KEY(bacnet, bvlc_function), NAME(functions, m->function));
	ev_key(w, bacnet, bvlc_function_code);
	jw_u64(w, m->function);
	number(w, EV_KEY(bacnet, bvlc_result), m->result);
	number(w, EV_KEY(bacnet, ttl), m->ttl);
	if (m->origin.len) {
		ev_key(w, bacnet, origin);
		jw_hex(w, m->origin.ptr, m->origin.len, 0);
	}
	if (bacnet_control(m)) {
		ev_key(w, bacnet, control);
		jw_bool(w, true);
	}
	if (m->source_network >= 0) {
		ev_key(w, bacnet, source);
		write_station(w, m->source_network, m->source);
	}
	if (m->dest_network >= 0) {
		ev_key(w, bacnet, destination);
		write_station(w, m->dest_network, m->dest);
	}
	number(w, EV_KEY(bacnet, hop_count), m->hops);
	number(w, EV_KEY(bacnet, network_message), m->network_message);
}

static void
write_body(struct jw *w, const struct bacnet *m)
{
	write_properties(w, m);
	if (m->type == BACNET_UNCONFIRMED &&
	    (m->service < 2 || m->service == 7 || m->service == 8)) {
		write_discovery(w, m);
	} else if (m->type == BACNET_CONFIRMED && (m->service == 17 || m->service == 20)) {
		write_device_control(w, m);
	} else if (m->type == BACNET_ERROR) {
		ev_key(w, bacnet, error);
		write_error(w, m->body);
	} else if (m->type == BACNET_CONFIRMED &&
		   (m->service == 5 || m->service == 6 || m->service == 7 || m->service == 10 ||
		       m->service == 11 || m->service == 28)) {
		write_about(w, m);
	}
	if (m->type == BACNET_REJECT || m->type == BACNET_ABORT) {
		word(w, EV_KEY(bacnet, reason),
		    m->type == BACNET_REJECT ? NAME(rejects, m->reason) : NAME(aborts, m->reason));
		number(w, EV_KEY(bacnet, reason_code), m->reason);
	}
}

void
bacnet_write(const void *message, struct jw *w)
{
	const struct bacnet *m = message;

	jw_key(w, "bacnet");
	jw_object(w);
	write_link(w, m);
	if (m->has_apdu) {
		word(w, EV_KEY(bacnet, pdu_type), NAME(types, m->type));
		number(w, EV_KEY(bacnet, pdu_type_code), m->type);
		word(w, EV_KEY(bacnet, service),
		    m->type == BACNET_UNCONFIRMED ? NAME(unconfirmed, m->service)
						  : NAME(confirmed, m->service));
		number(w, EV_KEY(bacnet, service_code), m->service);
		number(w, EV_KEY(bacnet, invoke_id), m->invoke_id);
		if (m->segmented) {
			ev_key(w, bacnet, segmented);
			jw_bool(w, true);
		}
		number(w, EV_KEY(bacnet, sequence), m->sequence);
		write_body(w, m);
	}
	jw_object_end(w);
}
