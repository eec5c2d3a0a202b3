/* SPDX-License-Identifier: Apache-2.0 */
#include "coding.h"

#include <strings.h>

#define PIECE 8192          /* bytes that come out at once */
#define BOMB_FREE (1 << 20) /* a stream may grow to this, whatever it was */
#define BOMB_RATIO 300      /* and beyond it to so many times what came in */

static const struct coding_format *const formats[] = { &coding_gzip, &coding_deflate, &coding_br };

static const struct coding_format *
find(struct view name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		const char *names[] = { formats[i]->name, formats[i]->other };
		for (int j = 0; j < 2; j++) {
			if (names[j] && name.len == strlen(names[j]) &&
			    strncasecmp((const char *)name.ptr, names[j], name.len) == 0)
				return formats[i];
		}
	}
	return NULL;
}

/* The next name of a list with commas. */
static bool
next_name(struct cursor *c, struct view *out)
{
	uint8_t b;
	while (cursor_peek(c, 0, &b) && (b == ',' || b == ' ' || b == '\t'))
		(void)cursor_skip(c, 1);
	*out = (struct view){ c->at, 0 };
	while (cursor_peek(c, 0, &b) && b != ',' && b != ' ' && b != '\t' && cursor_skip(c, 1))
		out->len++;
	return out->len > 0;
}

bool
coding_begin(struct coding *c, struct coding_budget *b, struct view encoding)
{
	struct cursor names = cursor_of_view(encoding);
	struct view name;
	*c = (struct coding){ 0 };
	while (next_name(&names, &name)) {
		const struct coding_format *f = find(name);
		bool plain =
		    name.len == 8 && strncasecmp((const char *)name.ptr, "identity", 8) == 0;
		if (plain)
			continue;
		if (!f || c->layers == CODING_LAYERS) {
			c->layers = 0;
			return false;
		}
		for (int i = c->layers++; i > 0; i--) /* the one applied last is taken off first */
			c->format[i] = c->format[i - 1];
		c->format[0] = f;
	}
	for (int i = 0; i < c->layers; i++) {
		c->stream[i] = c->format[i]->begin(b);
		if (!c->stream[i]) {
			coding_end(c, b);
			return false;
		}
	}
	return c->layers > 0;
}

void
coding_end(struct coding *c, struct coding_budget *b)
{
	for (int i = 0; i < c->layers; i++) {
		if (c->stream[i])
			c->format[i]->end(c->stream[i], b);
	}
	*c = (struct coding){ 0 };
}

static enum coding_status
layer(struct coding *c, int at, struct view in, coding_fn fn, void *to)
{
	uint8_t piece[PIECE];
	enum coding_status s;
	size_t made;
	if (at == c->layers) {
		fn(to, in);
		return CODING_MORE;
	}
	do {
		size_t before = in.len;
		s = c->format[at]->step(c->stream[at], &in, piece, sizeof(piece), &made);
		c->out += made; /* of every layer: an inner one may swallow all */
		if (c->out > BOMB_FREE && c->out > c->in * BOMB_RATIO)
			return CODING_BOMB;
		if (made) {
			enum coding_status inner =
			    layer(c, at + 1, (struct view){ piece, made }, fn, to);
			if (inner != CODING_MORE && inner != CODING_END)
				return inner;
		}
		if (!made && in.len == before)
			break;
	} while (s == CODING_MORE && (in.len || made == sizeof(piece)));
	return s;
}

enum coding_status
coding_add(struct coding *c, struct view bytes, coding_fn fn, void *to)
{
	if (c->over)
		return (enum coding_status)c->over;
	c->in += bytes.len;
	enum coding_status s = layer(c, 0, bytes, fn, to);
	c->over = (uint8_t)s;
	return s;
}
