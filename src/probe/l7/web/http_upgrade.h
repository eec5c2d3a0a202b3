/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_upgrade: what HTTP/2 must know of the HTTP/1.1 request it was asked for with (RFC
 * 7540, 3.2). Inside src/probe/l7/web only.
 */
#ifndef WANGLOU_PROBE_L7_HTTP_UPGRADE_H
#define WANGLOU_PROBE_L7_HTTP_UPGRADE_H

#include "../bag.h"
#include "lib/cursor.h"

struct l7_flow;

/* Views are of the bag; ptr NULL when there was no upgrade to h2c. */
struct http_upgrade {
	struct bag bag;
	struct view method, uri, host, user_agent;
	struct view settings; /* HTTP2-Settings, base64url */
};

/* Of the HTTP/1 flow that went before; NULL when there is none. */
const struct http_upgrade *
http_upgraded(const struct l7_flow *before);

#endif
