/* SPDX-License-Identifier: Apache-2.0 */
/* run: what both kinds of run do with a frame. See run.h. */
#include "run.h"

#include <stdlib.h>
#include <sys/random.h>

#include "probe/defrag.h"

#define MS 1000000u /* ns */

struct hash_key
run_seed(void)
{
	uint64_t seed[2];

	if (getrandom(seed, sizeof(seed), 0) == sizeof(seed))
		return (struct hash_key){ seed[0], seed[1] };
	return HASH_KEY_FIXED;
}

int
run_decode(struct decode *d, const struct options *o, const struct targets *targets,
    struct hash_key seed, unsigned workers, struct err *e)
{
	uint64_t most = (o->defrag_max + workers - 1) / workers, room = o->defrag_memory / workers;
	struct defrag_config defrag = { .max_datagrams = (uint32_t)most,
		.memory = room > DEFRAG_MEMORY_MIN ? room : DEFRAG_MEMORY_MIN,
		.timeout = o->defrag_timeout * MS,
		.targets = targets,
		.seed = seed };

	if (decode_init(d, &o->decode_tunnels, &o->decode_vxlan, &o->decode_geneve, e) != 0)
		return -1;
	d->check_checksums = o->capture_checksums;
	d->check_tcp_only = o->capture_checksums_of == 1;
	d->lenient = o->decode_lenient;
	if ((o->flow_tunnels == 1 && !(d->outside = calloc(1, sizeof(*d->outside)))) ||
	    (most && !(d->defrag = defrag_new(&defrag)))) {
		run_decode_end(d);
		return err_set(e, "out of memory");
	}
	return 0;
}

void
run_decode_end(struct decode *d)
{
	defrag_free(d->defrag);
	free(d->outside);
	d->defrag = NULL;
	d->outside = NULL;
}

void
run_frame(
    struct worker *w, struct decode *d, struct packet *p, const struct frame *frame, uint64_t now)
{
	bool ip = decode_frame(d, frame, p);

	for (unsigned i = 0; d->outside && i < d->outside->n; i++) {
		d->outside->packet[i].now = now;
		worker_packet(w, &d->outside->packet[i], true);
	}
	p->now = now;
	worker_packet(w, p, ip);
	if (ip && proto_is_icmp(p->proto, p->ip_ver))
		worker_quoted(w, p);
}
