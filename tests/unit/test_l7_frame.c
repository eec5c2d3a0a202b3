/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: what the rows say of borders, whatever way the bytes come in. */
#include "l7_data.h"
#include "probe/l7_frame.h"

#define SAID 8192

struct seen {
	struct l7 *l;
	struct flow flow;
	uint64_t at[2];
	char whole[SAID]; /* a line each frame, when nothing more comes of it */
	unsigned looks;
};

static void
start(struct seen *s, uint16_t port, uint8_t proto, uint64_t types)
{
	static const struct l7_config config = { .max_buffer = 65536,
		.max_state = 16,
		.max_tx_per_flow = 8,
		.max_text = 1 << 20,
		.max_files = 4 };
	memset(s, 0, sizeof(*s));
	s->flow.key.proto = proto;
	s->flow.key.sport = port;
	s->flow.key.cport = 40000;
	s->l = l7_new(&config);
	assert_non_null(s->l);
	l7_want_frames(s->l, types);
}

static uint32_t
sum(struct view v)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < v.len; i++)
		h = (h ^ v.ptr[i]) * 16777619u;
	return h;
}

static void
collect(struct seen *s)
{
	size_t n, used = strlen(s->whole);
	const struct l7_frame *f = l7_frames(s->l, &n);
	for (size_t i = 0; i < n; i++, f++) {
		s->looks++;
		assert_true(f->data.len <= f->length);
		if (!f->last)
			continue;
		used += (size_t)snprintf(s->whole + used, SAID - used,
		    "%d %s %llu+%llu %s%s%s%zu %08x\n", f->dir,
		    l7_frame_row((enum l7_frame_type)f->type)->name, (unsigned long long)f->offset,
		    (unsigned long long)f->length, f->complete ? "complete " : "",
		    f->ends ? "ends " : "", f->secret ? "secret " : "", f->data.len, sum(f->data));
	}
}

static void
send_bytes(struct seen *s, enum dir dir, const void *data, size_t n, uint64_t lost)
{
	uint8_t *copy = malloc(n ? n : 1);
	assert_non_null(copy);
	if (n)
		memcpy(copy, data, n);
	struct packet p = { .payload = { copy, n } };
	s->at[dir] += lost;
	struct flow_chunk c = { .data = p.payload, .offset = s->at[dir], .dir = dir, .lost = lost };
	s->at[dir] += n;
	l7_begin(s->l);
	if (s->flow.key.proto == 17)
		l7_datagram(s->l, &s->flow, &p, dir);
	else
		l7_chunk(s->l, &s->flow, &p, &c);
	collect(s);
	l7_begin(s->l);
	free(copy);
}

static void
end(struct seen *s)
{
	l7_begin(s->l);
	l7_finish(s->l, &s->flow);
	collect(s);
	l7_flow_free(s->l, &s->flow);
	l7_free(s->l);
}

static void
play(struct seen *s, uint16_t port, const struct line *l, size_t n, size_t step)
{
	start(s, port, 6, L7_FRAMES_ALL);
	for (size_t i = 0; i < n; i++) {
		for (size_t at = 0; at < l[i].n; at += step)
			send_bytes(s, l[i].dir, l[i].bytes + at,
			    l[i].n - at < step ? l[i].n - at : step, 0);
	}
	end(s);
}

/* ---- talks ---- */

static const struct line mqtt[] = {
	C("\x10\x18\0\4MQTT\4\xc2\0\x3c\0\1c\0\1u\0\6sesame\x30\7\0\1tdata\x30\7\0\1tmore"),
	S("\x20\2\0\0"),
	C("\xe0\0"),
};

static const struct line sip[] = {
	C("REGISTER sip:h SIP/2.0\r\nVia: a\r\nCSeq: 1 REGISTER\r\nContent-Length: 4\r\n\r\nbody"),
	S("SIP/2.0 200 OK\r\nVia: a\r\nContent-Length: 0\r\n\r\n"),
};

static const struct line smtp[] = {
	S("220 mail.example ESMTP\r\n"),
	C("EHLO me\r\n"),
	S("250-mail.example\r\n250 AUTH PLAIN\r\n"),
	C("AUTH PLAIN\r\n"),
	S("334 \r\n"),
	C("AHUAc2VzYW1l\r\n"),
	S("235 ok\r\n"),
	C("MAIL FROM:<a@b>\r\n"),
	S("250 ok\r\n"),
	C("RCPT TO:<c@d>\r\n"),
	S("250 ok\r\n"),
	C("DATA\r\n"),
	S("354 go\r\n"),
	C("Subject: x\r\n\r\nhello\r\n.\r\n"),
	S("250 ok\r\n"),
	C("QUIT\r\n"),
	S("221 bye\r\n"),
};

static const struct line http2[] = {
	C("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\6\4\0\0\0\0\0\0\3\0\0\0\x64"),
	S("\0\0\0\4\0\0\0\0\0\0\0\4\x08\0\0\0\0\0\0\0\1\0"),
};

static const struct line ssh[] = {
	C("SSH-2.0-client\r\n\0\0\0\x0c\x0a\x15\0\0\0\0\0\0\0\0\0\0"),
	S("SSH-2.0-server\r\n\0\0\0\x0c\x0a\x15\0\0\0\0\0\0\0\0\0\0"),
};

static const struct line ftp[] = {
	S("220 hi\r\n"),
	C("USER a\r\nPASS sesame\r\n"),
	S("331 go\r\n230 in\r\n"),
};

static const struct line dns[] = {
	C("\0\x1d\x12\x34\1\0\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1"),
};

static const struct {
	const char *name;
	const struct line *line;
	size_t n;
	uint16_t port;
	const char *some[6]; /* lines that must be there */
} talks[] = {
	{ "mqtt", LINES(mqtt), 1883,
	    { "0 pdu 0+26 complete ends secret 26", "0 header 0+2 complete ends 2",
		"0 data 2+24 complete ends secret 24", "0 pdu 26+9 complete ends 9",
		"1 pdu 0+4 complete", "0 pdu 44+2 " } },
	{ "sip", LINES(sip), 5060,
	    { "0 pdu 0+75 ", "0 request.line 0+24 complete", "0 request.headers 24+45 ",
		"0 request.body 71+4 ", "1 response.line 0+16 ", "1 response.headers 16+27 " } },
	{ "smtp", LINES(smtp), 25,
	    { "1 response_line 0+24 ", "0 command_line 0+9 ",
		"0 command_line 21+14 complete ends secret ", "1 response_line 24+18 ",
		"0 data 73+24 complete ends 24", "0 command_line 97+6 " } },
	{ "http2", LINES(http2), 80,
	    { "0 pdu 24+15 ", "0 hdr 24+9 ", "0 data 33+6 ", "1 pdu 0+9 ", "1 hdr 0+9 ",
		"1 data 18+4 " } },
	{ "ssh", LINES(ssh), 22,
	    { "0 record.pdu 16+16 ", "0 record.hdr 16+6 ", "0 record.data 22+10 ",
		"1 record.pdu 16+16 ", NULL, NULL } },
	{ "ftp", LINES(ftp), 21,
	    { "1 response_line 0+8 ", "0 command_line 0+8 complete ends 8",
		"0 command_line 8+13 complete ends secret 13", "1 response_line 8+8 ", NULL } },
	{ "dns", LINES(dns), 53, { "0 pdu 2+29 complete ends 29", NULL } },
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The lines in order: small steps let frames end in another order than they begin. */
static void
sort_lines(char *text)
{
	char copy[SAID], *line[256];
	size_t n = 0, used = 0;
	strcpy(copy, text);
	for (char *l = strtok(copy, "\n"); l && n < 256; l = strtok(NULL, "\n"))
		line[n++] = l;
	qsort(line, n, sizeof(*line), by_text);
	text[0] = 0;
	for (size_t i = 0; i < n; i++)
		used += (size_t)sprintf(text + used, "%s\n", line[i]);
}

static void
borders_are_the_same_in_any_steps(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(talks) / sizeof(*talks); i++) {
		struct seen whole, part;
		play(&whole, talks[i].port, talks[i].line, talks[i].n, SIZE_MAX / 2);
		sort_lines(whole.whole);
		for (size_t k = 0; k < 6 && talks[i].some[k]; k++) {
			if (!strstr(whole.whole, talks[i].some[k]))
				fail_msg("%s: no %s in\n%s", talks[i].name, talks[i].some[k],
				    whole.whole);
		}
		for (size_t step = 1; step < 24; step += 3) {
			play(&part, talks[i].port, talks[i].line, talks[i].n, step);
			sort_lines(part.whole);
			if (strcmp(whole.whole, part.whole) != 0)
				fail_msg("%s in steps of %zu:\n%s\nnot\n%s", talks[i].name, step,
				    part.whole, whole.whole);
		}
	}
}

/* A PUBLISH of 10000 bytes: looked at as it grows, and once more when all is there. */
static void
long_ones_are_looked_at_as_they_come(void **state)
{
	static uint8_t body[10003] = { 0x30, 0x90, 0x4e, 0, 1, 't' };
	struct seen s;
	(void)state;
	start(&s, 1883, 6, UINT64_C(1) << L7_FRAME_MQTT_DATA);
	send_bytes(&s, DIR_TO_SERVER, mqtt[0].bytes, 26, 0);
	assert_int_equal(s.looks, 1);
	for (size_t at = 0; at < sizeof(body); at += 1000)
		send_bytes(&s, DIR_TO_SERVER, body + at,
		    sizeof(body) - at < 1000 ? sizeof(body) - at : 1000, 0);
	assert_non_null(strstr(s.whole, "0 data 29+10000 complete ends 10000 "));
	assert_int_equal(s.looks, 1 + 3);
	end(&s);
}

static void
behind_a_hole_nothing_is_shown(void **state)
{
	static uint8_t body[10003] = { 0x30, 0x90, 0x4e, 0, 1, 't' };
	struct seen s;
	(void)state;
	start(&s, 1883, 6, UINT64_C(1) << L7_FRAME_MQTT_DATA);
	send_bytes(&s, DIR_TO_SERVER, mqtt[0].bytes, 26, 0);
	send_bytes(&s, DIR_TO_SERVER, body, 5003, 0);
	send_bytes(&s, DIR_TO_SERVER, body + 6003, 4000, 1000);
	assert_non_null(strstr(s.whole, "0 data 29+10000 complete 5000 "));
	end(&s);
	/* one that never ends */
	start(&s, 1883, 6, UINT64_C(1) << L7_FRAME_MQTT_DATA);
	send_bytes(&s, DIR_TO_SERVER, mqtt[0].bytes, 26, 0);
	send_bytes(&s, DIR_TO_SERVER, body, 5003, 0);
	end(&s);
	assert_non_null(strstr(s.whole, "0 data 29+10000 5000 "));
}

static void
what_nobody_wants_is_not_said(void **state)
{
	struct seen s;
	(void)state;
	start(&s, 1883, 6, UINT64_C(1) << L7_FRAME_DNS_PDU);
	send_bytes(&s, DIR_TO_SERVER, mqtt[0].bytes, mqtt[0].n, 0);
	end(&s);
	assert_int_equal(s.looks, 0);
	start(&s, 53, 17, L7_FRAMES_ALL);
	send_bytes(&s, DIR_TO_SERVER, dns[0].bytes + 2, dns[0].n - 2, 0);
	end(&s);
	assert_non_null(strstr(s.whole, "0 pdu 0+29 complete ends 29 "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(borders_are_the_same_in_any_steps),
		cmocka_unit_test(long_ones_are_looked_at_as_they_come),
		cmocka_unit_test(behind_a_hole_nothing_is_shown),
		cmocka_unit_test(what_nobody_wants_is_not_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
