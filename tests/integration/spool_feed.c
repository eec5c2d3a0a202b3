/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool_feed DIR EVENTS [RATE] [QUOTA]: write numbered events through the real spool until the
 * lanes hold EVENTS in all, going on where the spool itself says. Event n of a lane says n. Prints
 * the numbers at the end.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/log.h"
#include "lib/now.h"
#include "probe/spool.h"

static volatile sig_atomic_t ending;

static void
on_term(int sig)
{
	(void)sig;
	ending = 1;
}

/* Mostly flows, fewer records, health, now and then an alert. */
static enum lane
lane_for(uint64_t k)
{
	if (k % 100 == 0)
		return LANE_ALERT;
	if (k % 20 == 0)
		return LANE_HEALTH;
	return k % 3 == 0 ? LANE_RECORD : LANE_FLOW;
}

static int
make(char *out, size_t room, enum lane lane, uint64_t n)
{
	return snprintf(out, room,
	    "{\"timestamp\":\"2026-11-22T10:00:00.%06u+0000\",\"event_type\":\"test\",\"lane\":\"%"
	    "s\","
	    "\"n\":%" PRIu64
	    ",\"src_ip\":\"10.%u.%u.%u\",\"src_port\":%u,\"dest_ip\":\"192.0.2.%u\","
	    "\"dest_port\":443,\"proto\":\"TCP\",\"app_proto\":\"tls\",\"flow\":{\"pkts_toserver\":"
	    "%u,"
	    "\"pkts_toclient\":%u,\"bytes_toserver\":%u,\"bytes_toclient\":%u,\"state\":\"closed\","
	    "\"reason\":\"timeout\"},\"community_id\":\"1:%016" PRIx64 "%010" PRIx64 "=\"}",
	    (unsigned)(n % 1000000), lane_name(lane), n, (unsigned)(n >> 16 & 255),
	    (unsigned)(n >> 8 & 255), (unsigned)(n & 255), (unsigned)(n * 7 % 65536),
	    (unsigned)(n * 13 % 255), (unsigned)(n % 50), (unsigned)(n % 60),
	    (unsigned)(n % 50 * 611), (unsigned)(n % 60 * 1277), n * UINT64_C(0x9e3779b97f4a7c15),
	    n * UINT64_C(0xc2b2ae3d27d4eb4f) >> 24);
}

static uint64_t
taken(struct spool *s, struct spool_stats *st)
{
	uint64_t sum = 0;
	spool_stats(s, st);
	for (int i = LANE_ALERT; i < LANE_COUNT; i++)
		sum += st->lane[i].next - 1;
	return sum;
}

int
main(int argc, char **argv)
{
	struct err e;
	struct spool_stats st;
	char line[1024];
	if (argc < 3)
		return 2;
	log_init("spool_feed", LOG_LEVEL_INFO);
	signal(SIGTERM, on_term);
	signal(SIGXFSZ, SIG_IGN);
	uint64_t want = strtoull(argv[2], NULL, 10),
		 rate = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
	struct spool_config c = { .dir = argv[1],
		.probe = "probe-1",
		.quota = argc > 4 ? strtoull(argv[4], NULL, 10) : 0 };
	struct spool *s = spool_open(&c, &e);
	if (!s) {
		log_error("%s", e.text);
		return 1;
	}
	uint64_t have = taken(s, &st), begun = now_real_ns(), done = 0, ticked = begun;
	uint64_t next[LANE_COUNT];
	for (int i = 0; i < LANE_COUNT; i++)
		next[i] = st.lane[i].next;
	for (uint64_t k = have; k < want && !ending; k++) {
		enum lane lane = lane_for(k);
		int n = make(line, sizeof(line), lane, next[lane]);
		if (spool_write(s, lane, line, (size_t)n, now_real_ns()) == 0)
			next[lane]++;
		if (++done % 64 == 0 && now_real_ns() - ticked > 50000000) {
			ticked = now_real_ns();
			spool_tick(s, ticked);
		}
		while (rate && done * 1000000000 / rate > now_real_ns() - begun && !ending) {
			spool_tick(s, now_real_ns());
			nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
		}
	}
	double seconds = (double)(now_real_ns() - begun) / 1e9;
	spool_tick(s, now_real_ns());
	have = taken(s, &st);
	printf("{\"events\":%" PRIu64 ",\"written\":%" PRIu64
	       ",\"seconds\":%.3f,\"dropped\":%" PRIu64 ",\"unwritten\":%" PRIu64 ",\"next\":[",
	    have, st.written, seconds, st.dropped, st.unwritten);
	for (int i = 0; i < LANE_COUNT; i++)
		printf("%s%" PRIu64, i ? "," : "", st.lane[i].next);
	printf("]}\n");
	spool_close(s);
	return 0;
}
