/* SPDX-License-Identifier: Apache-2.0 */
/* ring: what was taken comes back whole, in order and by whom it is from; what is torn, full,
 * killed or tampered with costs only itself. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/cli/cli.h"
#include "../../src/cli/packets.h"
#include "folder.h"
#include "probe/decode.h"
#include "probe/ring.h"

#define MB (1u << 20)
#define SECOND 1000000000ull
#define BEGIN (1700000000 * SECOND)
#define MOST 20000

const struct cli_command cli_commands[] = { { NULL, NULL, NULL, NULL, NULL } };

/* ---- frames ---- */

struct sample {
	uint8_t bytes[1600];
	struct frame frame;
	struct packet p;
};

/* Packet i: one of 41 hosts talks with one of 7, over TCP, UDP, ICMP, IPv6, or as a fragment, or it
 * is no IP at all; its last bytes tell i. */
static void
make(struct sample *s, uint32_t i, uint16_t linktype)
{
	static const uint8_t proto[] = { 6, 17, 1, 6, 17, 6, 6, 6 };
	uint32_t kind = i % 8, n = 60 + i * 37 % 1400, at = linktype == 1 ? 14 : 0;
	struct decode d;
	uint8_t *b = s->bytes, *ip = b + at;

	memset(b, 0, sizeof(s->bytes));
	if (at)
		memcpy(b + 12, kind == 5 ? "\x86\xdd" : kind == 6 ? "\x08\x06" : "\x08\x00", 2);
	if (kind == 5 || (kind == 6 && !at)) {
		ip[0] = 0x60;
		ip[4] = (uint8_t)((n - 40) >> 8);
		ip[5] = (uint8_t)(n - 40);
		ip[6] = 6;
		ip[8] = ip[24] = 0x20;
		ip[23] = (uint8_t)(i % 41);
		ip[39] = (uint8_t)(100 + i % 7);
		ip += 40;
	} else if (kind != 6) {
		ip[0] = 0x45;
		ip[2] = (uint8_t)(n >> 8);
		ip[3] = (uint8_t)n;
		ip[6] = kind == 7 ? 0x20 : 0;
		ip[7] = kind == 7 ? 9 : 0;
		ip[8] = 64;
		ip[9] = proto[kind];
		ip[12] = ip[16] = 10;
		ip[15] = (uint8_t)(i % 41);
		ip[19] = (uint8_t)(100 + i % 7);
		if (i & 64) { /* the way back */
			ip[15] = (uint8_t)(100 + i % 7);
			ip[19] = (uint8_t)(i % 41);
		}
		ip += 20;
	}
	bool back = i & 64 && kind != 5;
	ip[back ? 2 : 0] = 0x80;
	ip[back ? 3 : 1] = (uint8_t)(i % 41);
	ip[back ? 1 : 3] = 80;
	ip[12] = 0x50;
	if (kind == 2)
		ip[0] = 8;
	if (kind == 1 || kind == 4)
		ip[5] = (uint8_t)(n - 20), ip[4] = (uint8_t)((n - 20) >> 8);
	memcpy(b + at + n - 4, &i, 4);
	s->frame = (struct frame){ .data = b,
		.caplen = at + n,
		.wirelen = at + n,
		.ts = BEGIN + i * 10000000ull,
		.number = i + 1,
		.linktype = linktype };
	(void)decode_init(&d, NULL, NULL, NULL, NULL);
	(void)decode_frame(&d, &s->frame, &s->p);
}

static uint32_t
number_of(struct view v)
{
	uint32_t i;

	assert_true(v.len >= 4);
	memcpy(&i, v.ptr + v.len - 4, 4);
	return i;
}

static struct ring_config
config_of(uint64_t quota, uint64_t file)
{
	return (struct ring_config){ .dir = dir, .workers = 1, .quota = quota, .file_bytes = file };
}

static struct ring *
open_ring(const struct ring_config *c)
{
	struct err e = { "" };
	struct ring *r = ring_open(c, &e);

	if (!r)
		fail_msg("%s", e.text);
	return r;
}

static void
feed(struct ring *r, uint32_t from, uint32_t to)
{
	struct sample s;

	for (uint32_t i = from; i < to; i++) {
		make(&s, i, 1);
		ring_packet(r, &s.p, 0);
	}
}

static void
record(uint64_t quota, uint64_t file, uint32_t from, uint32_t to)
{
	struct ring_config c = config_of(quota, file);
	struct ring *r = open_ring(&c);

	feed(r, from, to);
	ring_close(r);
}

/* ---- reading ---- */

/* Numbers of the packets found, all of them whole. */
static size_t
find(const struct packets_filter *f, uint32_t *out, size_t room)
{
	struct packets_ring ring;
	struct packets_packet p;
	struct sample s;
	struct err e = { "" };
	size_t n = 0;

	if (packets_ring_open(&ring, dir, &e) < 0)
		fail_msg("%s", e.text);
	struct packets_reader *r = packets_reader_new(&ring, f);
	assert_non_null(r);
	while (packets_next(r, &p)) {
		uint32_t i = number_of(p.data);
		make(&s, i, p.linktype);
		assert_int_equal(p.record.ts, s.frame.ts);
		assert_int_equal(p.record.caplen, s.frame.caplen);
		assert_int_equal(p.record.wirelen, s.frame.wirelen);
		assert_memory_equal(p.data.ptr, s.bytes, p.data.len);
		assert_true(n < room);
		out[n++] = i;
	}
	packets_reader_free(r);
	packets_ring_close(&ring);
	return n;
}

static uint32_t found[MOST];

static size_t
find_all(void)
{
	struct packets_filter f;

	packets_filter_init(&f);
	return find(&f, found, MOST);
}

static void
assert_run(uint32_t from, uint32_t to)
{
	assert_int_equal(find_all(), to - from);
	for (uint32_t i = from; i < to; i++)
		assert_int_equal(found[i - from], i);
}

static uint64_t
on_disk(void)
{
	char command[256];
	unsigned long long n = 0;

	(void)snprintf(command, sizeof(command),
	    "find '%s' -type f -printf '%%s\\n' | awk '{ n += $1 } END { print n }'", dir);
	FILE *in = popen(command, "r");
	assert_int_equal(fscanf(in, "%llu", &n), 1);
	pclose(in);
	return n;
}

static void
path_to(char out[128], unsigned worker, unsigned number, const char *suffix)
{
	(void)snprintf(out, 128, "%s/%u/%012u%s", dir, worker, number, suffix);
}

/* ---- tests ---- */

static void
all_comes_back_in_order(void **state)
{
	(void)state;
	record(64 * MB, 64 * MB, 0, 5000);
	assert_run(0, 5000);
	record(64 * MB, 64 * MB, 5000, 6000); /* another start, another file */
	assert_run(0, 6000);
}

/* Does the straightforward look at the frame agree? */
static bool
plain_match(const struct packets_filter *f, uint32_t i)
{
	struct sample s;

	make(&s, i, 1);
	const struct packet *p = &s.p;
	if (s.frame.ts < f->from || s.frame.ts > f->to)
		return false;
	if (f->host_set)
		return prefix_has(&f->host, &p->src, p->ip_ver) ||
		       prefix_has(&f->host, &p->dst, p->ip_ver);
	if (f->pair_set)
		return (prefix_has(&f->pair[0], &p->src, p->ip_ver) &&
			   prefix_has(&f->pair[1], &p->dst, p->ip_ver)) ||
		       (prefix_has(&f->pair[1], &p->src, p->ip_ver) &&
			   prefix_has(&f->pair[0], &p->dst, p->ip_ver));
	if (f->port >= 0)
		return proto_has_ports(p->proto) && (p->sport == f->port || p->dport == f->port);
	return f->proto < 0 || (p->ip_ver && p->proto == f->proto);
}

static void
assert_query(const struct packets_filter *f)
{
	size_t n = find(f, found, MOST), k = 0;

	for (uint32_t i = 0; i < 4000; i++)
		if (plain_match(f, i)) {
			assert_true(k < n);
			assert_int_equal(found[k++], i);
		}
	assert_int_equal(k, n);
	assert_true(n > 0);
}

/* Every file is then read through. */
static void
remove_indexes(void)
{
	char command[96];

	(void)snprintf(command, sizeof(command), "rm -f '%s'/0/*.idx", dir);
	assert_int_equal(system(command), 0);
}

static void
queries_give_what_a_plain_filter_gives(void **state)
{
	struct packets_filter f;
	struct err e;

	(void)state;
	record(64 * MB, MB, 0, 4000);
	for (int round = 0; round < 2; round++) {
		packets_filter_init(&f);
		f.host_set = prefix_parse("10.0.0.5", &f.host);
		assert_query(&f);
		f.from = BEGIN + 5 * SECOND;
		f.to = BEGIN + 25 * SECOND;
		assert_query(&f);
		packets_filter_init(&f);
		f.host_set = prefix_parse("2000::/15", &f.host);
		assert_query(&f);
		packets_filter_init(&f);
		assert_int_equal(packets_pair(&f, "10.0.0.0/30,10.0.0.101", &e), 0);
		assert_query(&f);
		packets_filter_init(&f);
		f.port = 0x8003;
		assert_query(&f);
		packets_filter_init(&f);
		f.proto = 1;
		assert_query(&f);
		remove_indexes();
	}
}

static void
a_flow_is_found_by_tuple_and_by_its_id(void **state)
{
	struct packets_filter f;
	struct err e;
	struct sample s;
	uint32_t by_tuple[MOST];
	size_t n, fragments = 0;

	(void)state;
	record(64 * MB, MB, 0, 4000);
	packets_filter_init(&f);
	assert_int_equal(packets_flow(&f, "tcp 10.0.0.8:32776 10.0.0.101:80", &e), 0);
	n = find(&f, by_tuple, MOST);
	assert_true(n > 2);
	for (size_t k = 0; k < n; k++) {
		make(&s, by_tuple[k], 1);
		fragments += s.p.flags & PKT_FRAGMENT;
		assert_int_equal(s.p.proto, 6);
	}
	packets_filter_init(&f);
	/* python3: base64(sha1(0000 0a000008 0a000065 06 00 8008 0050)) */
	assert_int_equal(packets_flow(&f, "1:scbWyiMu6sq/qf4/B+FNNRwxjbo=", &e), 0);
	assert_int_equal(find(&f, found, MOST), n - fragments);
	packets_filter_init(&f);
	assert_int_equal(packets_flow(&f, "tcp [2000::]:32776 x", &e), -1);
	assert_int_equal(packets_flow(&f, "tcp 10.0.0.8:32776", &e), -1);
	assert_int_equal(packets_flow(&f, "quic 10.0.0.8:1 10.0.0.9:2", &e), -1);
}

static void
the_oldest_goes_at_the_quota(void **state)
{
	struct ring_config c = config_of(4 * MB, 64 * MB);
	struct ring_counters sum = { 0 };
	struct ring *r = open_ring(&c);

	(void)state;
	feed(r, 0, 12000);
	ring_flush(r);
	assert_true(on_disk() <= 4 * MB);
	ring_count(r, &sum);
	assert_int_equal(sum.packets, 12000);
	assert_int_equal(sum.lost, 0);
	assert_true(sum.files >= 4);
	assert_int_equal(sum.disk, on_disk());
	ring_close(r);
	size_t n = find_all();
	assert_true(n > 3000 && n < 12000);
	assert_run(12000 - (uint32_t)n, 12000);
	assert_int_equal(sum.oldest, (BEGIN + (12000 - n) * 10000000ull) / SECOND);
}

static void
files_of_workers_that_are_no_more_go_too(void **state)
{
	struct ring_config c = config_of(8 * MB, 64 * MB);
	struct ring *r;
	char path[128];

	(void)state;
	c.workers = 2;
	c.worker = 1;
	r = open_ring(&c);
	feed(r, 0, 4000);
	ring_close(r);
	path_to(path, 1, 1, ".pcap");
	assert_int_equal(access(path, F_OK), 0);
	c = config_of(4 * MB, 64 * MB);
	r = open_ring(&c);
	feed(r, 4000, 12000);
	ring_close(r);
	assert_true(on_disk() <= 4 * MB);
	assert_int_equal(access(path, F_OK), -1);
}

static void
workers_are_merged_by_time(void **state)
{
	struct ring_config c = config_of(64 * MB, MB);
	struct ring *r[3];
	struct sample s;

	(void)state;
	c.workers = 3;
	for (c.worker = 0; c.worker < 3; c.worker++)
		r[c.worker] = open_ring(&c);
	for (uint32_t i = 0; i < 6000; i++) {
		make(&s, i, 1);
		ring_packet(r[i * 2654435761u % 3], &s.p, 0);
	}
	for (int i = 0; i < 3; i++)
		ring_close(r[i]);
	assert_run(0, 6000);
}

/* Link types take turns; each has its file, and the answer is pcapng. */
static void
link_types_have_files_of_their_own(void **state)
{
	struct ring_config c = config_of(64 * MB, 16 * MB);
	struct ring *r = open_ring(&c);
	struct packets_ring ring;
	struct packets_filter f;
	struct packets_packet p;
	struct sample s;
	struct err e;
	uint16_t links[4];
	char path[128];

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		make(&s, i, i / 100 % 2 ? 101 : 1);
		ring_packet(r, &s.p, 0);
	}
	ring_close(r);
	assert_run(0, 3000);
	packets_filter_init(&f);
	assert_int_equal(packets_ring_open(&ring, dir, &e), 0);
	assert_int_equal(ring.n, 2);
	struct packets_reader *reader = packets_reader_new(&ring, &f);
	assert_int_equal(packets_links(reader, links, 4), 2);
	(void)snprintf(path, sizeof(path), "%s/out", dir);
	struct packets_out *o = packets_out_open(path, links, 2, &e);
	uint64_t bytes = 28 + 2 * 32;
	while (packets_next(reader, &p)) {
		packets_out_put(o, &p);
		bytes += 32 + (p.data.len + 3) / 4 * 4;
	}
	assert_int_equal(packets_out_close(o, &e), 0);
	packets_reader_free(reader);
	packets_ring_close(&ring);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, bytes);
	assert_int_equal(st.st_mode & 077, 0);
}

static void
large_flows_and_frames_are_cut(void **state)
{
	struct ring_config c = config_of(64 * MB, 16 * MB);
	struct ring_counters sum = { 0 };
	struct packets_ring ring;
	struct packets_filter f;
	struct packets_packet p;
	struct sample s;
	struct err e;
	uint64_t flow = 0;
	size_t n = 0;

	(void)state;
	c.flow_limit = 100000;
	c.snaplen = 96;
	struct ring *r = open_ring(&c);
	for (uint32_t i = 0; i < 1000; i++) {
		make(&s, i, 1);
		ring_packet(r, &s.p, i % 2 ? flow += s.frame.wirelen : 0);
	}
	ring_flush(r);
	ring_count(r, &sum);
	ring_close(r);
	assert_int_equal(sum.packets + sum.cut, 1000);
	assert_true(sum.cut > 300 && sum.cut < 500);
	packets_filter_init(&f);
	assert_int_equal(packets_ring_open(&ring, dir, &e), 0);
	struct packets_reader *reader = packets_reader_new(&ring, &f);
	for (; packets_next(reader, &p); n++) {
		assert_true(p.record.caplen <= 96);
		assert_true(p.record.wirelen >= p.record.caplen);
	}
	assert_int_equal(n, sum.packets);
	packets_reader_free(reader);
	packets_ring_close(&ring);
}

/* A limit on the size of files is a disk that is full, without one. */
static void
a_full_disk_pauses_and_goes_on(void **state)
{
	struct ring_config c = config_of(64 * MB, 16 * MB);
	struct ring_counters sum = { 0 }, later = { 0 };
	struct rlimit before, small;
	struct ring *r = open_ring(&c);

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	feed(r, 0, 2000);
	ring_flush(r);
	small = before;
	small.rlim_cur = 2 * MB + 12345;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	feed(r, 2000, 6000);
	ring_flush(r);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	ring_count(r, &sum);
	assert_int_equal(sum.packets + sum.lost, 6000);
	assert_true(sum.lost > 1000 && sum.packets >= 2000);
	feed(r, 6000, 7000);
	ring_flush(r);
	ring_count(r, &later);
	ring_close(r);
	assert_int_equal(later.lost, sum.lost);
	assert_int_equal(find_all(), 7000 - sum.lost);
	assert_int_equal(found[6999 - sum.lost], 6999);
}

/* Whatever is missing at the end, what is before it is there. */
static void
a_torn_end_is_cut(void **state)
{
	char pcap[128], idx[128];
	struct stat a, b;
	size_t before = 0, n;

	(void)state;
	record(64 * MB, 64 * MB, 0, 2000);
	path_to(pcap, 0, 1, ".pcap");
	path_to(idx, 0, 1, ".idx");
	assert_int_equal(stat(pcap, &a), 0);
	assert_int_equal(stat(idx, &b), 0);
	for (int i = 1; i < 60; i++) {
		assert_int_equal(
		    truncate(i % 2 ? pcap : idx, (i % 2 ? a : b).st_size * (60 - i) / 60), 0);
		n = find_all();
		assert_true(i == 1 || n <= before);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(found[k], k);
		before = n;
	}
	assert_true(before > 0);
	assert_int_equal(truncate(pcap, 10), 0);
	assert_int_equal(find_all(), 0);
}

static void
a_damaged_index_costs_time_only(void **state)
{
	char idx[128];
	struct stat st;

	(void)state;
	record(64 * MB, 64 * MB, 0, 3000);
	path_to(idx, 0, 1, ".idx");
	assert_int_equal(stat(idx, &st), 0);
	int fd = open(idx, O_RDWR);
	for (off_t at = 0; at < st.st_size; at += 1 + st.st_size / 40) {
		uint8_t byte, flipped;
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		flipped = byte ^ 0x10;
		assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
		assert_run(0, 3000);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	close(fd);
	assert_int_equal(unlink(idx), 0);
	assert_run(0, 3000);
}

/* Bytes of all captures of worker 0. */
static uint64_t
captured(void)
{
	uint64_t sum = 0;
	struct stat st;
	char path[128];

	for (unsigned i = 1; path_to(path, 0, i, ".pcap"), stat(path, &st) == 0; i++)
		sum += (uint64_t)st.st_size;
	return sum;
}

/* A child records until it is killed; what it left begins at the beginning and has no hole. */
static void
a_kill_leaves_what_was_written(void **state)
{
	for (unsigned round = 0; round < 12; round++) {
		remove_dir(state);
		make_dir(state);
		pid_t pid = fork();
		if (pid == 0) {
			struct ring_config c = config_of(4096ull * MB, MB + round * 300000);
			struct ring *r = ring_open(&c, NULL);
			for (uint32_t i = 0; r && i < MOST - 200; i++)
				feed(r, i, i + 1);
			(void)pause();
		}
		while (captured() <= 1000 * (round + 1) * (round + 1) * (round + 1))
			nanosleep(&(struct timespec){ .tv_nsec = 50000 }, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		uint32_t n = (uint32_t)find_all();
		assert_true(n > 0);
		assert_run(0, n);
		record(4096ull * MB, MB, n, n + 100); /* and it goes on */
		assert_run(0, n + 100);
	}
}

static void
one_probe_records_at_a_time(void **state)
{
	struct ring_config c = config_of(64 * MB, MB);
	struct ring *r = open_ring(&c);
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) { /* locks are between processes */
		struct err e;
		_exit(ring_open(&c, &e) == NULL && strstr(e.text, "another probe") ? 7 : 1);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), 7);
	ring_close(r);
}

/* Live: what waits is handed over a second later, also when nothing more comes. */
static void
a_quiet_link_is_written(void **state)
{
	struct ring_config c = config_of(64 * MB, MB);

	(void)state;
	c.live = true;
	struct ring *r = open_ring(&c);
	feed(r, 0, 150); /* one and a half seconds */
	ring_tick(r, BEGIN + 3 * SECOND);
	for (int i = 0; i < 5000 && find_all() < 150; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	assert_run(0, 150);
	ring_close(r);
}

/* Faster than a disk may be: nothing waits, and what is not there is counted. */
static void
a_live_burst_is_kept_or_counted(void **state)
{
	struct ring_config c = config_of(64 * MB, 4 * MB);
	struct ring_counters sum = { 0 };

	(void)state;
	c.live = true;
	struct ring *r = open_ring(&c);
	for (int i = 0; i < 3; i++)
		feed(r, 0, 19000);
	ring_flush(r);
	ring_count(r, &sum);
	ring_close(r);
	assert_int_equal(sum.packets + sum.lost, 3 * 19000);
	assert_true(sum.packets > 5000);
	assert_true(on_disk() <= 64 * MB);
}

static void
times_are_understood(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = { { "2023-11-14T22:13:20Z", BEGIN },
		{ "2023-11-14 22:13:20.5Z", BEGIN + SECOND / 2 },
		{ "2023-11-15T06:13:20.000001+0800", BEGIN + 1000 },
		{ "2023-11-15T06:13+08:00", BEGIN - 20 * SECOND },
		{ "1700000000.25", BEGIN + SECOND / 4 }, { "1700000000", BEGIN },
		{ "90m", BEGIN - 5400 * SECOND }, { "2d", BEGIN - 172800 * SECOND } };
	static const char *const bad[] = { "", "x", "2023-11-14", "5w", "2023-11-14T22:13:20Q",
		"-3", "17000000000000" };
	uint64_t ns;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(packets_time(good[i].text, BEGIN, &ns, &e), 0);
		assert_int_equal(ns, good[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(packets_time(bad[i], BEGIN, &ns, &e), -1);
}

static int
take_event(struct packets_filter *f, const char *text, struct err *e)
{
	json_t *json = json_loads(text, 0, NULL);
	int rc = json ? packets_event(f, json, e) : -2;

	json_decref(json);
	return rc;
}

static void
an_event_says_whom_and_when(void **state)
{
	struct packets_filter f;
	struct err e;

	(void)state;
	packets_filter_init(&f);
	assert_int_equal(
	    take_event(&f,
		"{\"timestamp\":\"2023-11-14T22:13:30.000000+0000\",\"src_ip\":"
		"\"10.0.0.101\",\"src_port\":80,\"dest_ip\":\"10.0.0.8\",\"dest_port\":"
		"32776,\"proto\":\"TCP\",\"flow\":{\"start\":\"2023-11-14T22:13:20.000000+"
		"0000\"}}",
		&e),
	    0);
	assert_true(f.tuple_set);
	assert_int_equal(f.tuple.aport, 32776);
	assert_int_equal(f.from, BEGIN);
	assert_int_equal(f.to, BEGIN + 610 * SECOND + 999);
	packets_filter_init(&f);
	assert_int_equal(
	    take_event(&f,
		"{\"timestamp\":\"2023-11-14T22:13:30.000000+0000\",\"src_ip\":"
		"\"10.0.0.1\",\"dest_ip\":\"10.0.0.2\",\"dest_port\":22,\"proto\":\"TCP\"}",
		&e),
	    0);
	assert_true(f.pair_set && !f.tuple_set);
	assert_int_equal(f.port, 22);
	assert_int_equal(take_event(&f, "[1]", &e), -1);
	assert_int_equal(take_event(&f, "{}", &e), -1);
	assert_int_equal(take_event(&f, "{\"src_ip\":\"10.0.0.1\"}", &e), -1);
}

#define IN_FOLDER(t) cmocka_unit_test_setup_teardown(t, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(all_comes_back_in_order),
		IN_FOLDER(queries_give_what_a_plain_filter_gives),
		IN_FOLDER(a_flow_is_found_by_tuple_and_by_its_id),
		IN_FOLDER(the_oldest_goes_at_the_quota),
		IN_FOLDER(files_of_workers_that_are_no_more_go_too),
		IN_FOLDER(workers_are_merged_by_time),
		IN_FOLDER(link_types_have_files_of_their_own),
		IN_FOLDER(large_flows_and_frames_are_cut),
		IN_FOLDER(a_full_disk_pauses_and_goes_on),
		IN_FOLDER(a_torn_end_is_cut),
		IN_FOLDER(a_damaged_index_costs_time_only),
		IN_FOLDER(a_kill_leaves_what_was_written),
		IN_FOLDER(one_probe_records_at_a_time),
		IN_FOLDER(a_quiet_link_is_written),
		IN_FOLDER(a_live_burst_is_kept_or_counted),
		cmocka_unit_test(times_are_understood),
		cmocka_unit_test(an_event_says_whom_and_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
