/* SPDX-License-Identifier: Apache-2.0 */
/* capture: every kind of file, damage, folders, filters; files are made here from bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "../../src/probe/capture/pace.h"
#include "lib/buf.h"
#include "lib/compress.h"
#include "lib/log.h"
#include "lib/now.h"
#include "probe/capture.h"

static const struct capture_config config = { .snaplen = 65535, .buffer_bytes = 1 << 20 };
static char folder[] = "/tmp/wanglou-capture-XXXXXX";
static struct buf file;
static struct err e;
static struct frame frame;

static int
make_folder(void **state)
{
	(void)state;
	log_init("test", LOG_LEVEL_ERROR);
	buf_init(&file, 0);
	return mkdtemp(folder) ? 0 : -1;
}

static int
drop_folder(void **state)
{
	char command[64];

	(void)state;
	buf_fini(&file);
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* 32 bits, or 16, in the byte order of the file being made. */
static bool big;

static void
put32(uint32_t v)
{
	v = big ? __builtin_bswap32(v) : v;
	buf_add(&file, &v, sizeof(v));
}

static void
put16(uint16_t v)
{
	v = big ? __builtin_bswap16(v) : v;
	buf_add(&file, &v, sizeof(v));
}

static void
put_header(uint32_t magic, uint32_t linktype)
{
	buf_clear(&file);
	put32(magic);
	put16(2);
	put16(4);
	put32(0);
	put32(0);
	put32(65535);
	put32(linktype);
}

/* A frame of n bytes, all of them `fill`, that was n + 4 on the wire. */
static void
put_frame(uint32_t seconds, uint32_t part, uint32_t n, uint8_t fill)
{
	put32(seconds);
	put32(part);
	put32(n);
	put32(n + 4);
	while (n--)
		buf_u8(&file, fill);
}

static const char *
write_file(const char *name)
{
	static char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(file.ptr, 1, file.len, f), file.len);
	assert_int_equal(fclose(f), 0);
	return path;
}

static struct capture *
open_file(const char *path)
{
	struct capture *c = capture_open(path, false, &config, &e);

	if (!c)
		fail_msg("%s", e.text);
	return c;
}

/* A nanosecond fraction of 1002003 in either form, in both byte orders. */
static void
reads_pcap(void **state)
{
	(void)state;
	for (int variant = 0; variant < 4; variant++) {
		bool nano = variant & 1;
		big = variant & 2;
		put_header(nano ? 0xa1b23c4d : 0xa1b2c3d4, 1);
		put_frame(1700000000, nano ? 1002003 : 1002, 60, 'a');
		put_frame(4000000000, 0, 61, 'b'); /* after 2038 */
		struct capture *c = open_file(write_file("one.pcap"));
		assert_int_equal(capture_next(c, &frame, &e), CAPTURE_FRAME);
		assert_int_equal(frame.ts, 1700000000000000000ULL + (nano ? 1002003 : 1002000));
		assert_int_equal(frame.caplen, 60);
		assert_int_equal(frame.wirelen, 64);
		assert_int_equal(frame.number, 1);
		assert_int_equal(frame.linktype, 1);
		assert_int_equal(frame.data[59], 'a');
		assert_int_equal(capture_next(c, &frame, &e), CAPTURE_FRAME);
		assert_int_equal(frame.ts, 4000000000000000000ULL);
		assert_int_equal(frame.number, 2);
		assert_int_equal(capture_next(c, &frame, &e), CAPTURE_END);
		assert_int_equal(capture_next(c, &frame, &e), CAPTURE_END);
		capture_close(c);
	}
	big = false;
}

/* One reading goes around libpcap, the other, which has a filter, does not: same frames, same end.
 */
static void
both_readings_agree(void)
{
	struct capture_config filtered = config;
	const char *path = write_file("either.pcap");
	enum capture_status status;
	struct frame other;
	struct err why = { 0 };

	filtered.filter = "greater 0";
	e = (struct err){ 0 };
	struct capture *a = capture_open(path, false, &config, &e);
	struct capture *b = capture_open(path, false, &filtered, &why);
	assert_int_equal(!a, !b);
	if (!a)
		return;
	do {
		status = capture_next(a, &frame, &e);
		assert_int_equal(capture_next(b, &other, &why), status);
		assert_string_equal(e.text, why.text);
		if (status != CAPTURE_FRAME)
			continue;
		assert_int_equal(frame.caplen, other.caplen);
		assert_int_equal(frame.wirelen, other.wirelen);
		assert_int_equal(frame.ts, other.ts);
		assert_int_equal(frame.number, other.number);
		assert_memory_equal(frame.data, other.data, frame.caplen);
	} while (status != CAPTURE_END);
	capture_close(a);
	capture_close(b);
}

/* Cut at every byte, each byte of two records damaged in turn, and records around the read-ahead.
 */
static void
reads_as_libpcap_does(void **state)
{
	(void)state;
	for (int variant = 0; variant < 4; variant++) {
		put_header(variant & 1 ? 0xa1b23c4d : 0xa1b2c3d4, 1);
		put_frame(1700000000, 1002, 60, 'a');
		put_frame(4000000000, variant & 2 ? 4000000000 : 999999999, 0, 'b');
		put_frame(1700000001, 0, 30, 'c');
		size_t whole = file.len;
		for (size_t i = 24; i < 24 + 16 + 20; i++) {
			file.ptr[i] ^= 0x91;
			both_readings_agree();
			file.ptr[i] ^= 0x91;
		}
		for (; file.len > 24; file.len--)
			both_readings_agree();
		file.len = whole;
	}
	put_header(0xa1b2c3d4, 1);
	for (uint32_t n = 0; n < 60; n++)
		put_frame(1700000000 + n, n, n * 1103 % 65536, (uint8_t)n);
	both_readings_agree();
}

static void
put_block(uint32_t type, const void *body, uint32_t n)
{
	put32(type);
	put32(n + 12);
	buf_add(&file, body, n);
	put32(n + 12);
}

static void
put_pcapng_interface(uint16_t linktype)
{
	uint16_t body[4] = { linktype, 0, 0xffff, 0 };

	put_block(1, body, sizeof(body));
}

static void
put_pcapng_frame(uint32_t interface)
{
	uint32_t body[6] = { interface, 0x60a24, 0x181e7800, 4, 4, 0x01020304 };

	put_block(6, body, sizeof(body));
}

static void
put_pcapng_start(void)
{
	uint32_t body[4] = { 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX };

	buf_clear(&file);
	put_block(0x0a0d0d0a, body, sizeof(body));
}

static void
reads_pcapng(void **state)
{
	(void)state;
	put_pcapng_start();
	put_pcapng_interface(101);
	put_pcapng_frame(0);
	put_pcapng_frame(0);
	struct capture *c = open_file(write_file("one.pcapng"));
	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_FRAME);
	assert_int_equal(frame.linktype, 101);
	assert_int_equal(frame.caplen, 4);
	assert_int_equal(frame.ts, 0x60a24181e7800ULL * 1000);
	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_FRAME);
	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_END);
	capture_close(c);
}

/* libpcap gives one link type for a file; what came before the other interface is still handed out.
 */
static void
mixed_link_types_are_damage(void **state)
{
	struct capture_stats stats;

	(void)state;
	put_pcapng_start();
	put_pcapng_interface(1);
	put_pcapng_frame(0);
	put_pcapng_interface(113);
	put_pcapng_frame(1);
	struct capture *c = open_file(write_file("mixed.pcapng"));
	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_FRAME);
	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_DAMAGED);
	assert_non_null(strstr(e.text, "mixed.pcapng: damaged at byte 104: "));
	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_END);
	capture_stats(c, &stats);
	assert_int_equal(stats.damaged_files, 1);
	capture_close(c);
}

/* Cut a file of two frames at every byte: whole frames come out, and damage is said where there is
 * some. */
static void
cut_anywhere(void **state)
{
	(void)state;
	put_header(0xa1b2c3d4, 1);
	put_frame(1, 0, 60, 'a');
	put_frame(2, 0, 60, 'b');
	for (size_t whole = file.len; file.len > 24; file.len--) {
		size_t frames = (file.len - 24) / 76;
		char want[64];
		struct capture *c = open_file(write_file("cut.pcap"));
		for (size_t i = 0; i < frames; i++)
			assert_int_equal(capture_next(c, &frame, &e), CAPTURE_FRAME);
		(void)snprintf(want, sizeof(want), "cut.pcap: damaged at byte %zu: ", file.len);
		if ((whole - file.len) % 76) {
			assert_int_equal(capture_next(c, &frame, &e), CAPTURE_DAMAGED);
			assert_non_null(strstr(e.text, want));
		}
		assert_int_equal(capture_next(c, &frame, &e), CAPTURE_END);
		capture_close(c);
	}
}

static void
refuses_with_a_sentence(void **state)
{
	struct capture_config wrong = config;
	const char *path;

	(void)state;
	assert_null(capture_open("/nonexistent/a.pcap", false, &config, &e));
	assert_string_equal(
	    e.text, "/nonexistent/a.pcap: cannot be opened: No such file or directory");
	buf_clear(&file);
	buf_text(&file, "no capture at all, only text");
	assert_null(capture_open(write_file("text"), false, &config, &e));
	assert_non_null(strstr(e.text, "/text: not a readable capture: "));
	put_header(0xa1b2c3d4, 1);
	path = write_file("good.pcap");
	wrong.filter = "tcp prt 80";
	assert_null(capture_open(path, false, &wrong, &e));
	assert_non_null(strstr(e.text, "good.pcap: filter \"tcp prt 80\": "));
	assert_null(capture_open("no-such-if", true, &config, &e));
	assert_non_null(strstr(e.text, "no-such-if: cannot capture: "));
	assert_null(capture_open("a-name-no-interface-can-have", true, &config, &e));
}

static void
filters_files(void **state)
{
	struct capture_config only = config;
	struct capture *c;

	(void)state;
	put_header(0xa1b2c3d4, 1);
	put_frame(1, 0, 60, 'a');
	put_frame(2, 0, 60, 'b');
	put_frame(3, 0, 60, 'a');
	only.filter = "ether host 62:62:62:62:62:62";
	c = capture_open(write_file("filter.pcap"), false, &only, &e);
	assert_non_null(c);
	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_FRAME);
	assert_int_equal(frame.data[0], 'b');
	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_END);
	capture_close(c);
}

static void
fill_folder(void)
{
	char sub[256];

	(void)snprintf(sub, sizeof(sub), "%s/tree", folder);
	assert_int_equal(mkdir(sub, 0700), 0);
	(void)snprintf(sub, sizeof(sub), "%s/tree/b", folder);
	assert_int_equal(mkdir(sub, 0700), 0);
	put_header(0xa1b2c3d4, 1);
	put_frame(1, 0, 60, 'b');
	(void)write_file("tree/b/z.CAP");
	put_header(0xa1b2c3d4, 101);
	put_frame(1, 0, 60, 'c');
	(void)write_file("tree/c-without-ending");
	put_header(0xa1b2c3d4, 1);
	put_frame(1, 0, 60, 'a');
	put32(0); /* cut short */
	(void)write_file("tree/a.pcap");
	buf_clear(&file);
	buf_text(&file, "notes");
	(void)write_file("tree/notes.txt");
	(void)write_file("tree/ax.pcap");
	buf_clear(&file);
	(void)write_file("tree/empty.pcapng");
}

/* Sorted by path; damage ends a file, not the run; what only claims to be a capture is counted. */
static void
walks_a_folder(void **state)
{
	static const enum capture_status want[] = { CAPTURE_FRAME, CAPTURE_DAMAGED, CAPTURE_NEXT,
		CAPTURE_FRAME, CAPTURE_NEXT, CAPTURE_FRAME, CAPTURE_END, CAPTURE_END };
	static const char *const name[] = { "/a.pcap", "/a.pcap", "/b/z.CAP", "/b/z.CAP",
		"/c-without-ending", "/c-without-ending" };
	static const char fill[] = "a..b.c";
	struct capture_stats stats;
	char path[256];

	(void)state;
	fill_folder();
	(void)snprintf(path, sizeof(path), "%s/tree", folder);
	struct capture *c = open_file(path);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(capture_next(c, &frame, &e), want[i]);
		if (i < sizeof(name) / sizeof(name[0]))
			assert_non_null(strstr(capture_name(c), name[i]));
		if (want[i] == CAPTURE_FRAME) {
			assert_int_equal(frame.data[0], fill[i]);
			assert_int_equal(frame.number, 1);
		}
	}
	assert_int_equal(frame.linktype, 101);
	capture_stats(c, &stats);
	assert_int_equal(stats.frames, 3);
	assert_int_equal(stats.bytes, 192);
	assert_int_equal(stats.damaged_files, 1);
	assert_int_equal(stats.unreadable_files, 2);
	assert_int_equal(stats.total_bytes, 100 + 100 + 104 + 5);
	assert_int_equal(stats.done_bytes, stats.total_bytes);
	capture_close(c);
}

static void
reads_a_pipe(void **state)
{
	int saved = dup(STDIN_FILENO), pipe_fd[2];
	struct capture_stats stats;

	(void)state;
	put_header(0xa1b2c3d4, 1);
	put_frame(1, 0, 60, 'p');
	assert_int_equal(pipe(pipe_fd), 0);
	assert_int_equal(write(pipe_fd[1], file.ptr, file.len - 1), file.len - 1);
	(void)close(pipe_fd[1]);
	(void)dup2(pipe_fd[0], STDIN_FILENO);
	(void)close(pipe_fd[0]);
	struct capture *c = open_file("-");
	assert_string_equal(capture_name(c), "-");
	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_DAMAGED);
	assert_memory_equal(e.text, "-: damaged at byte 99: ", 23);
	capture_stats(c, &stats);
	assert_int_equal(stats.total_bytes, 0);
	assert_int_equal(stats.done_bytes, 99);
	capture_close(c);
	(void)dup2(saved, STDIN_FILENO);
	(void)close(saved);
}

/* What stands in `file`, packed in its place. */
static void
pack_gzip(void)
{
	uint8_t out[4096];
	z_stream z = { .next_in = file.ptr,
		.avail_in = (unsigned)file.len,
		.next_out = out,
		.avail_out = sizeof(out) };

	assert_int_equal(
	    deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	buf_clear(&file);
	buf_add(&file, out, z.total_out);
	(void)deflateEnd(&z);
}

static void
pack_zstd(void)
{
	struct compress *c = compress_new(1);
	struct buf out;

	buf_init(&out, 0);
	assert_int_equal(compress_pack(c, (struct view){ file.ptr, file.len }, &out), 0);
	buf_clear(&file);
	buf_add(&file, out.ptr, out.len);
	buf_fini(&out);
	compress_free(c);
}

static void
put_two(void)
{
	put_header(0xa1b2c3d4, 1);
	put_frame(1, 0, 60, 'a');
	put_frame(2, 0, 60, 'b');
}

/* The two frames, then the end; the file is read to its last byte. */
static void
two_come_out(const char *path)
{
	struct capture *c = open_file(path);
	struct capture_stats stats;

	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_FRAME);
	assert_int_equal(frame.data[59], 'a');
	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_FRAME);
	assert_int_equal(frame.data[59], 'b');
	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_END);
	capture_stats(c, &stats);
	assert_int_equal(stats.damaged_files, 0);
	assert_int_equal(stats.done_bytes, file.len);
	assert_int_equal(stats.total_bytes, file.len);
	capture_close(c);
}

static void
reads_packed(void **state)
{
	struct buf first;

	(void)state;
	put_two();
	pack_zstd();
	two_come_out(write_file("two.pcap.zst"));
	put_two();
	pack_gzip();
	two_come_out(write_file("two.pcap.gz"));
	/* two members, the second from the middle of a frame on, and padding behind */
	put_two();
	buf_init(&first, 0);
	buf_add(&first, &file.ptr[50], file.len - 50);
	file.len = 50;
	pack_gzip();
	struct buf begin = file;
	file = first;
	pack_gzip();
	buf_add(&begin, file.ptr, file.len);
	buf_fini(&file);
	file = begin;
	for (int i = 0; i < 100; i++)
		buf_u8(&file, 0);
	two_come_out(write_file("members.gz"));
}

/* Cut anywhere, or with a wrong byte: nothing is taken for whole. */
static void
packed_damage_is_said(void **state)
{
	static void (*const pack[])(void) = { pack_gzip, pack_zstd };

	(void)state;
	for (int k = 0; k < 2; k++) {
		put_two();
		pack[k]();
		for (file.len--; file.len > 4; file.len--) {
			struct capture *c = capture_open(write_file("cut"), false, &config, &e);
			enum capture_status s = CAPTURE_FRAME;
			while (c && s == CAPTURE_FRAME)
				s = capture_next(c, &frame, &e);
			if (c)
				assert_int_equal(s, CAPTURE_DAMAGED);
			assert_non_null(
			    strstr(e.text, k ? "zstd: it is cut short" : "gzip: it is cut short"));
			capture_close(c);
		}
	}
	put_two();
	pack_gzip();
	file.ptr[file.len - 8] ^= 1; /* the checksum */
	struct capture *c = open_file(write_file("wrong.gz"));
	enum capture_status s = CAPTURE_FRAME;
	while (s == CAPTURE_FRAME)
		s = capture_next(c, &frame, &e);
	assert_int_equal(s, CAPTURE_DAMAGED);
	assert_non_null(strstr(e.text, "wrong.gz: damaged at byte "));
	assert_non_null(strstr(e.text, ": gzip: incorrect data check"));
	capture_close(c);
}

/* Packed captures are found in a folder by what they hold; other packed files are left alone. */
static void
walks_packed(void **state)
{
	char path[256];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/packed", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	put_two();
	pack_gzip();
	(void)write_file("packed/one");
	(void)write_file("packed/two.pcap.gz");
	buf_clear(&file);
	buf_text(&file, "a log, rotated and packed");
	pack_gzip();
	(void)write_file("packed/messages.1.gz");
	struct capture *c = open_file(path);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(capture_next(c, &frame, &e), CAPTURE_FRAME);
		assert_int_equal(capture_next(c, &frame, &e), CAPTURE_FRAME);
		assert_int_equal(capture_next(c, &frame, &e), i ? CAPTURE_END : CAPTURE_NEXT);
	}
	capture_close(c);
}

/* When frames are due, without waiting for them. */
static void
paces(void **state)
{
	const uint64_t s = 1000000000;
	struct pace p = { .speed = 10 };

	(void)state;
	assert_true(pace_due(&p, 1000 * s, 5 * s) == 5 * s);
	assert_true(pace_due(&p, 1010 * s, 5 * s) == 6 * s);
	assert_true(pace_due(&p, 1009 * s, 9 * s) == 5 * s + 9 * s / 10); /* late, and disordered */
	assert_true(pace_due(&p, 990 * s, 9 * s) == 5 * s);
	assert_true(pace_due(&p, 9000 * s, 9 * s) == 9 * s); /* hours ahead: not waited for */
	assert_true(pace_due(&p, 9010 * s, 9 * s) == 10 * s);
	assert_true(pace_due(&p, 10 * s, 20 * s) == 20 * s); /* and back */
	assert_true(pace_due(&p, 20 * s, 20 * s) == 21 * s);
}

/* A frame is not handed out before its time, and the same frames come as without a pace. */
static void
waits_for_its_time(void **state)
{
	struct capture_config slow = config;
	enum capture_status status;
	uint64_t begun;

	(void)state;
	put_header(0xa1b2c3d4, 1);
	put_frame(1, 0, 60, 'a');
	put_frame(1, 250000, 60, 'b');
	slow.speed = 1;
	struct capture *c = capture_open(write_file("paced.pcap"), false, &slow, &e);
	assert_non_null(c);
	begun = now_steady_ns();
	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_FRAME);
	while ((status = capture_next(c, &frame, &e)) == CAPTURE_IDLE)
		;
	assert_int_equal(status, CAPTURE_FRAME);
	assert_true(now_steady_ns() - begun >= 250000000);
	assert_int_equal(frame.data[59], 'b');
	assert_int_equal(frame.number, 2);
	assert_int_equal(capture_next(c, &frame, &e), CAPTURE_END);
	capture_close(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_pcap),
		cmocka_unit_test(reads_as_libpcap_does),
		cmocka_unit_test(reads_pcapng),
		cmocka_unit_test(mixed_link_types_are_damage),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(refuses_with_a_sentence),
		cmocka_unit_test(filters_files),
		cmocka_unit_test(walks_a_folder),
		cmocka_unit_test(reads_a_pipe),
		cmocka_unit_test(reads_packed),
		cmocka_unit_test(packed_damage_is_said),
		cmocka_unit_test(walks_packed),
		cmocka_unit_test(paces),
		cmocka_unit_test(waits_for_its_time),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
