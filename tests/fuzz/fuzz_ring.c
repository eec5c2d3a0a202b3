/* SPDX-License-Identifier: Apache-2.0 */
/* ring: length of the index (four bytes, little endian), the index, the capture. Whatever they say,
 * what is found is inside the capture, and a question with a condition finds no more than one
 * without. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/cli/cli.h"
#include "../../src/cli/packets.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const struct cli_command cli_commands[] = { { NULL, NULL, NULL, NULL, NULL } };

static void
put(const char *path, struct view v)
{
	FILE *f = fopen(path, "wb");
	if (!f || (v.len && fwrite(v.ptr, 1, v.len, f) != v.len))
		abort();
	fclose(f);
}

static size_t
count(const char *dir, const struct packets_filter *f, size_t capture)
{
	struct packets_ring ring;
	struct packets_packet p;
	size_t n = 0, bytes = 0;
	uint8_t sum = 0;

	if (packets_ring_open(&ring, dir, NULL) < 0)
		abort();
	struct packets_reader *r = packets_reader_new(&ring, f);
	while (r && packets_next(r, &p)) {
		n++;
		bytes += p.data.len;
		for (size_t i = 0; i < p.data.len; i++)
			sum ^= p.data.ptr[i];
		if (p.data.len != p.record.caplen || p.data.len > capture)
			abort();
	}
	packets_reader_free(r);
	packets_ring_close(&ring);
	return n + (sum & 0) + (bytes & 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char dir[32], worker[48], pcap[96], idx[96];
	struct cursor c = cursor_of(data, size);
	struct packets_filter all, some;
	struct view index;
	uint32_t n;

	if (!dir[0]) {
		snprintf(dir, sizeof(dir), "/dev/shm/fuzzring.%d", (int)getpid());
		snprintf(worker, sizeof(worker), "%s/0", dir);
		snprintf(pcap, sizeof(pcap), "%s/%012d.pcap", worker, 1);
		snprintf(idx, sizeof(idx), "%s/%012d.idx", worker, 1);
		mkdir(dir, 0700);
		mkdir(worker, 0700);
	}
	if (!cursor_u32_le(&c, &n) || !cursor_take(&c, n, &index))
		return 0;
	put(idx, index);
	put(pcap, (struct view){ c.at, cursor_left(&c) });
	packets_filter_init(&all);
	size_t most = count(dir, &all, cursor_left(&c));
	packets_filter_init(&some);
	(void)packets_flow(&some, "udp 10.0.0.1:1000 10.0.0.2:53", NULL);
	if (count(dir, &some, cursor_left(&c)) > most)
		abort();
	packets_filter_init(&some);
	some.community = "1:none";
	some.from = 1;
	if (count(dir, &some, cursor_left(&c)) > most)
		abort();
	return 0;
}
