/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bad_client HOW ENDPOINT KEY COLLECTOR_PUB: somebody with a key (on the list or not) who
 * misbehaves. knock    connect and see whether the handshake gets through: 0 yes, 1 no garbage
 * frames of noise, frames that lie, then frames from somebody else's origin; prints the answers
 *     large    a message beyond every limit
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/keys.h"
#include "lib/zsock.h"
#include "wire/frame.h"

static struct zsock_config c;

static struct zsock *
join(void)
{
	struct err e;
	struct zsock *z = zsock_connect(&c, &e);
	for (int i = 0; z && i < 300 && zsock_link(z) == ZSOCK_LINK_TRYING; i++)
		(void)zsock_wait(z, -1, 10);
	if (z && zsock_link(z) == ZSOCK_LINK_UP)
		return z;
	zsock_close(z);
	return NULL;
}

/* Send one message on a new connection; print what comes back: the frame's type and code. */
static void
say(const char *what, const void *data, size_t n)
{
	struct zsock_message m;
	struct frame f;
	struct zsock *z = join();
	if (!z) {
		printf("%s: cannot connect\n", what);
		return;
	}
	(void)zsock_send(z, NULL, (struct view){ data, n });
	for (int i = 0; i < 100 && zsock_link(z) == ZSOCK_LINK_UP; i++) {
		if (!zsock_wait(z, -1, 10) || !zsock_recv(z, &m))
			continue;
		if (frame_decode(m.bytes, &f) == 0 && f.type == FRAME_ERROR)
			printf("%s: error %u\n", what, f.error.code);
		else
			printf("%s: answered\n", what);
		zsock_close(z);
		return;
	}
	printf("%s: %s\n", what, zsock_link(z) == ZSOCK_LINK_UP ? "silence" : "disconnected");
	zsock_close(z);
}

static void
say_frames(const uint8_t origin[16])
{
	struct buf b;
	uint8_t noise[500];
	struct frame_hello h = {
		.version_min = 1, .version_max = 1, .epoch = 5, .clock = 1, .name = view_of("liar")
	};
	struct frame_grant g = { .version = 1 };
	struct frame_batch batch = {
		.epoch = 5, .lane = LANE_ALERT, .count = 2, .first = 1, .raw_len = 40
	};
	buf_init(&b, 0);
	keys_random(noise, sizeof(noise));
	say("noise", noise, sizeof(noise));
	say("empty", "", 0);
	frame_hello(&b, &h);
	say("origin", b.ptr, b.len);
	b.ptr[20] ^= 1;
	say("flipped", b.ptr, b.len);
	buf_clear(&b);
	frame_welcome(&b, &g);
	say("welcome", b.ptr, b.len);
	buf_clear(&b);
	memcpy(h.origin, origin, 16);
	h.version_min = h.version_max = 99;
	frame_hello(&b, &h);
	say("version", b.ptr, b.len);
	buf_clear(&b);
	memcpy(batch.origin, origin, 16);
	batch.codec = FRAME_CODEC_ZSTD;
	batch.body = (struct view){ noise, sizeof(noise) };
	frame_batch(&b, &batch);
	say("batch before hello", b.ptr, b.len);
	buf_fini(&b);
}

/* HELLO properly, then a batch whose body is noise. */
static void
say_bad_body(const uint8_t origin[16])
{
	struct buf b;
	struct zsock_message m;
	struct frame f;
	uint8_t noise[500];
	struct frame_hello h = { .version_min = 1,
		.version_max = 1,
		.epoch = 5,
		.clock = 1,
		.name = view_of("liar"),
		.lanes = 2,
		.lane = { { 1, 1, 0 }, { 1, 1, 0 } } };
	struct frame_batch batch = { .epoch = 5,
		.lane = LANE_ALERT,
		.count = 2,
		.first = 1,
		.raw_len = 40,
		.codec = FRAME_CODEC_ZSTD,
		.body = { noise, sizeof(noise) } };
	struct zsock *z = join();
	if (!z)
		return;
	keys_random(noise, sizeof(noise));
	memcpy(h.origin, origin, 16);
	memcpy(batch.origin, origin, 16);
	buf_init(&b, 0);
	frame_hello(&b, &h);
	(void)zsock_send(z, NULL, (struct view){ b.ptr, b.len });
	buf_clear(&b);
	frame_batch(&b, &batch);
	(void)zsock_send(z, NULL, (struct view){ b.ptr, b.len });
	for (int i = 0; i < 200; i++)
		while (zsock_wait(z, -1, 10) && zsock_recv(z, &m))
			if (frame_decode(m.bytes, &f) == 0 && f.type == FRAME_ERROR) {
				printf("bad body: error %u\n", f.error.code);
				i = 200;
			}
	buf_fini(&b);
	zsock_close(z);
}

int
main(int argc, char **argv)
{
	struct keys_pair own, collector;
	struct err e;
	uint8_t origin[16];
	if (argc < 5 || keys_load_secret(&own, argv[3], &e) < 0 ||
	    keys_load_public(&collector, argv[4], &e) < 0)
		return 2;
	c = (struct zsock_config){ .endpoint = argv[2],
		.message_max = FRAME_MAX,
		.queue_max = 100,
		.handshake_ms = 3000 };
	memcpy(c.public_key, own.public_key, 32);
	memcpy(c.secret_key, own.secret_key, 32);
	memcpy(c.server_key, collector.public_key, 32);
	keys_origin(own.public_key, origin);
	if (strcmp(argv[1], "knock") == 0) {
		struct zsock *z = join();
		bool up = z != NULL;
		zsock_close(z);
		return up ? 0 : 1;
	}
	if (strcmp(argv[1], "large") == 0) {
		uint8_t *big = calloc(1, FRAME_MAX + 1);
		say("large", big, FRAME_MAX + 1);
		free(big);
		return 0;
	}
	say_frames(origin);
	say_bad_body(origin);
	return 0;
}
