/* SPDX-License-Identifier: Apache-2.0 */
/* Findings of several workers come out in the order of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../src/probe/outbox.h"

/* What the scribe was given, as text: "line" or, for records, "(port)". */
struct scribe {
	char text[512];
	size_t n;
};

void
scribe_line(void *scribe, uint8_t type, const void *line, size_t n, uint64_t ts)
{
	struct scribe *s = scribe;

	assert_int_equal(type, 3);
	assert_int_equal(ts, 77);
	s->n += (size_t)snprintf(
	    s->text + s->n, sizeof(s->text) - s->n, "%.*s ", (int)n, (const char *)line);
}

void
scribe_record(void *scribe, const struct notice_record *r, const char *source)
{
	struct scribe *s = scribe;

	assert_string_equal(source, "here");
	s->n += (size_t)snprintf(s->text + s->n, sizeof(s->text) - s->n, "(%u) ", r->sport);
}

static void
line(struct outbox *o, const char *text)
{
	outbox_line(o, 3, text, strlen(text), 77);
}

static void
record(struct outbox *o, uint16_t port)
{
	struct notice_record r = { .sport = port };

	outbox_record(o, &r, "here");
}

static void
open_boxes(struct outbox box[3])
{
	for (int i = 0; i < 3; i++)
		outbox_init(&box[i]);
}

static void
close_boxes(struct outbox box[3])
{
	for (int i = 0; i < 3; i++) {
		assert_int_equal(box[i].items.len, 0);
		assert_int_equal(box[i].lost, 0);
		outbox_fini(&box[i]);
	}
}

/* Packets in their order; what one packet brought stays together, as it was found. */
static void
test_packets(void **state)
{
	struct scribe s = { .n = 0 };
	struct outbox box[3];
	struct outbox_merge m;

	(void)state;
	open_boxes(box);
	outbox_at(&box[0], 1);
	line(&box[0], "1a");
	record(&box[0], 80);
	line(&box[0], "1b-of-another-length");
	outbox_at(&box[2], 2);
	line(&box[2], "2");
	outbox_at(&box[0], 5);
	line(&box[0], "5");
	outbox_at(&box[1], 3);
	record(&box[1], 443);
	outbox_at(&box[1], 4);
	line(&box[1], "4");
	outbox_merge_begin(&m, box, 3);
	outbox_merge_to(&m, 3, &s);
	assert_string_equal(s.text, "1a (80) 1b-of-another-length 2 (443) ");
	outbox_merge_end(&m, &s);
	assert_string_equal(s.text, "1a (80) 1b-of-another-length 2 (443) 4 5 ");
	close_boxes(box);
}

/* Flows that time ended come before the packet, by due time, then by last packet. */
static void
test_endings(void **state)
{
	struct scribe s = { .n = 0 };
	struct outbox box[3];
	struct outbox_merge m;

	(void)state;
	open_boxes(box);
	outbox_before(&box[0], 10);
	outbox_ending(&box[0], 500, 4);
	line(&box[0], "e500-4");
	outbox_ending(&box[0], 700, 1);
	line(&box[0], "e700-1");
	outbox_at(&box[0], 11);
	/* a flow that packet 11 pushed out stands where packet 11 stands */
	outbox_ending(&box[0], 1, 1);
	line(&box[0], "p11");
	outbox_before(&box[1], 10);
	outbox_ending(&box[1], 500, 3);
	line(&box[1], "e500-3");
	outbox_ending(&box[1], 600, 9);
	line(&box[1], "e600-9");
	outbox_at(&box[1], 10);
	line(&box[1], "p10");
	outbox_merge_begin(&m, box, 3);
	outbox_merge_end(&m, &s);
	assert_string_equal(s.text, "e500-3 e500-4 e600-9 e700-1 p10 p11 ");
	close_boxes(box);
}

/* Without merging: as they stand. */
static void
test_give(void **state)
{
	struct scribe s = { .n = 0 };
	struct outbox o;

	(void)state;
	outbox_init(&o);
	outbox_at(&o, 2);
	line(&o, "b");
	outbox_at(&o, 1);
	record(&o, 1);
	outbox_give(&o, &s);
	assert_string_equal(s.text, "b (1) ");
	outbox_give(&o, &s);
	assert_string_equal(s.text, "b (1) ");
	outbox_fini(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_endings),
		cmocka_unit_test(test_give),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
