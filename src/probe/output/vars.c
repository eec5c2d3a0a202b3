/* SPDX-License-Identifier: Apache-2.0 */
/* What rules left at a flow, in its events: EVE's traffic and metadata. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "probe/match_said.h"

#define IDS "traffic/id/"
#define LABELS "traffic/label/"

/* The bits that begin so, less that; prefix NULL: those of neither. Appended to o->part. */
static struct view
bits(struct output *o, const struct match_said *said, const char *prefix)
{
	struct jw w;
	size_t from = o->part.len, n = 0;
	jw_init(&w, &o->part);
	mask_writer(&o->mask, &w);
	jw_array(&w);
	for (uint8_t i = 0; i < said->bit_n; i++) {
		const char *name = said->bit[i];
		bool apart = strncmp(name, IDS, strlen(IDS)) == 0 ||
			     strncmp(name, LABELS, strlen(LABELS)) == 0;
		if (prefix ? strncmp(name, prefix, strlen(prefix)) != 0 : apart)
			continue;
		jw_text(&w, name + (prefix ? strlen(prefix) : 0));
		n++;
	}
	jw_array_end(&w);
	return (struct view){ n ? o->part.ptr + from : NULL, o->part.len - from };
}

static struct view
texts(struct output *o, const struct match_said_var *var, uint8_t n)
{
	struct jw w;
	size_t from = o->part.len;
	jw_init(&w, &o->part);
	mask_writer(&o->mask, &w);
	jw_array(&w);
	for (uint8_t i = 0; i < n; i++) {
		jw_object(&w);
		jw_key_n(&w, var[i].name, strlen(var[i].name));
		matches_text(o, &w, &var[i].what);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	return (struct view){ n ? o->part.ptr + from : NULL, o->part.len - from };
}

static struct view
numbers(struct output *o, const struct match_said *said)
{
	struct jw w;
	size_t from = o->part.len;
	jw_init(&w, &o->part);
	jw_object(&w);
	for (uint8_t i = 0; i < said->number_n; i++) {
		jw_key_n(&w, said->number[i].name, strlen(said->number[i].name));
		jw_u64(&w, said->number[i].value);
	}
	jw_object_end(&w);
	return (struct view){ said->number_n ? o->part.ptr + from : NULL, o->part.len - from };
}

/* As many digits as tell the number from its neighbours. */
static void
put_real(struct output *o, double v)
{
	char text[32];
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	buf_add(&o->part, text, strlen(text));
}

static struct view
entropies(struct output *o, const struct match_said *said)
{
	struct jw w;
	size_t from = o->part.len;
	jw_init(&w, &o->part);
	buf_u8(&o->part, '{');
	for (uint8_t i = 0; i < said->entropy_n; i++) {
		w.comma = false;
		if (i)
			buf_u8(&o->part, ',');
		jw_bytes(&w, said->entropy[i].name, strlen(said->entropy[i].name));
		buf_u8(&o->part, ':');
		put_real(o, said->entropy[i].value);
	}
	buf_u8(&o->part, '}');
	return (struct view){ said->entropy_n ? o->part.ptr + from : NULL, o->part.len - from };
}

void
line_vars(struct output *o, const struct output_scene *s)
{
	const struct match_said *said = s->match && s->flow ? match_said(s->match, s->flow) : NULL;
	if (!said)
		return;
	buf_clear(&o->part);
	/* all that is written below fits, or is left out: the views must not move */
	if (!buf_room(&o->part, 65536))
		return;
	struct ev_traffic t = { .id = bits(o, said, IDS), .label = bits(o, said, LABELS) };
	struct ev_metadata m = { .flowbits = bits(o, said, NULL),
		.flowints = numbers(o, said),
		.flowvars = texts(o, said->flow, said->flow_n),
		.pktvars = texts(o, said->packet, said->packet_n),
		.entropy = entropies(o, said) };
	if (o->part.failed || o->part.len > 65536)
		return;
	if (t.id.ptr || t.label.ptr) {
		jw_key(&o->w, "traffic");
		ev_traffic_write(&o->w, &t);
	}
	if (m.flowbits.ptr || m.flowints.ptr || m.flowvars.ptr || m.pktvars.ptr || m.entropy.ptr) {
		jw_key(&o->w, "metadata");
		ev_metadata_write(&o->w, &m);
	}
}
