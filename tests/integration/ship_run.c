/* SPDX-License-Identifier: Apache-2.0 */
/* ship_run SPOOL ENDPOINT KEY COLLECTOR_PUB [drain [LINGER_MS]]: the real shipper. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "probe/ship.h"

int
main(int argc, char **argv)
{
	struct err e = { "" };
	struct keys_pair collector;
	struct ship_config c = { .retry_max_ms = 1000, .status_ms = 500 };
	if (argc < 5)
		return 2;
	log_init("ship_run", LOG_LEVEL_INFO);
	c.spool_dir = argv[1];
	c.endpoint[0] = argv[2];
	if (keys_load_secret(&c.key, argv[3], &e) < 0 ||
	    keys_load_public(&collector, argv[4], &e) < 0) {
		log_error("%s", e.text);
		return 2;
	}
	memcpy(c.collector_key, collector.public_key, KEYS_SIZE);
	c.drain = argc > 5;
	c.linger_ms = argc > 6 ? (uint32_t)atoi(argv[6]) : 120000;
	int rc = ship_run(&c, &e);
	if (rc == SHIP_FAILED)
		log_error("%s", e.text);
	return rc;
}
