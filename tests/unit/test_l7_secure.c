/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7, the encrypted protocols: the scripts of the fuzz corpus (their format is in
 * tests/fuzz/fuzz_l7.c) say what they must, whole, in pieces of one byte, and cut short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe/l7.h"

#define FOLDER "tests/fuzz/corpus/row_"
#define NOW 1700000000000000000U /* 2023 */

static char said[65536];
static unsigned events;

static void
collect(struct l7 *l)
{
	struct buf out;
	struct jw w;
	size_t n;
	const struct l7_tx *tx = l7_ready(l, &n);
	for (size_t i = 0; i < n; i++) {
		if (!l7_tx_record(&tx[i]))
			continue;
		events++;
		buf_init(&out, 0);
		jw_init(&w, &out);
		l7_tx_write(&tx[i], &w);
		if (strlen(said) + out.len < sizeof(said))
			strncat(said, (const char *)out.ptr, out.len);
		buf_fini(&out);
	}
}

static void
give(struct l7 *l, struct flow *f, enum dir dir, struct view bytes)
{
	struct packet p = { .payload = bytes, .frame.ts = NOW };
	struct flow_chunk c = { .data = bytes, .dir = dir };
	l7_begin(l);
	if (f->key.proto == 17)
		l7_datagram(l, f, &p, dir);
	else
		l7_chunk(l, f, &p, &c);
	collect(l);
}

static size_t
load(const char *name, uint8_t *out, size_t room)
{
	char path[128];
	(void)snprintf(path, sizeof(path), FOLDER "%s", name);
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("no %s", path);
	size_t n = fread(out, 1, room, f);
	(void)fclose(f);
	return n;
}

/* Run a script; TCP in pieces of `piece` bytes, messages cut to `most`. */
static void
run(const char *name, size_t piece, size_t most)
{
	const struct l7_config config = { .max_buffer = 65536,
		.max_state = 16,
		.max_tx_per_flow = 8,
		.body_limit = 4096,
		.max_text = 65536,
		.max_files = 4 };
	static uint8_t bytes[65536];
	struct cursor c = cursor_of(bytes, load(name, bytes, sizeof(bytes)));
	struct l7 *l = l7_new(&config);
	struct flow f = { .key = { .proto = bytes[0] & 8 ? 17 : 6, .sport = 9 } };
	struct view part;
	uint8_t flags;
	uint16_t n;
	assert_non_null(l);
	said[0] = '\0';
	events = 0;
	while (cursor_u8(&c, &flags) && cursor_u16_le(&c, &n) && cursor_take(&c, n, &part)) {
		struct cursor in = cursor_of(part.ptr, part.len < most ? part.len : most);
		size_t step = f.key.proto == 17 ? part.len : piece;
		while (cursor_left(&in)) {
			size_t left = cursor_left(&in);
			(void)cursor_take(&in, left < step ? left : step, &part);
			give(l, &f, flags & 1 ? DIR_TO_CLIENT : DIR_TO_SERVER, part);
		}
	}
	l7_begin(l);
	l7_finish(l, &f);
	collect(l);
	l7_flow_free(l, &f);
	l7_free(l);
}

struct want {
	const char *name;
	unsigned events;
	const char *text[7];
};

static const struct want wants[] = {
	{ "quic/v1", 2,
	    { "\"quic\":{\"version\":\"1\",\"type\":\"client_hello\",\"dcid\":\"8394c8f03e515708\"",
		"\"sni\":\"quic.example\"", "\"ja4\":\"q13d0307h3_",
		"{\"name\":\"alpn\",\"type\":16,\"values\":[\"h3\"]}", "\"type\":\"server_hello\"",
		"\"cipher_suite\":\"TLS_AES_128_GCM_SHA256\"" } },
	{ "quic/v2", 2, { "\"version\":\"2\"", "\"sni\":\"quic.example\"", "\"ja3s\":{" } },
	{ "quic/draft29", 2, { "\"version\":\"draft-29\"", "\"sni\":\"quic.example\"" } },
	{ "quic/out-of-order", 1, { "\"sni\":\"quic.example\"" } },
	{ "quic/coalesced", 1, { "\"sni\":\"quic.example\"" } },
	{ "quic/retry", 3, { "\"type\":\"retry\",\"dcid\":\"01020304\"", "\"token_length\":11" } },
	{ "quic/negotiation", 1,
	    { "\"type\":\"version_negotiation\"", "\"versions\":[\"1\",\"2\",\"Q050\"]" } },
	{ "quic/q043", 1,
	    { "\"version\":\"Q043\"", "\"sni\":\"g.example\"", "\"ua\":\"Lab/1.0\"",
		"\"string\":\"43,SNI-UAID-VER\"" } },
	{ "quic/q046", 1, { "\"version\":\"Q046\"", "\"string\":\"46,SNI-UAID-VER\"" } },
	{ "dtls/cookie", 1,
	    { "\"version\":\"DTLS 1.2\"", "\"sni\":\"dtls.example\"", "\"cookie_exchange\":true",
		"\"subject\":\"CN=lab.example\"", "\"key_type\":\"RSA\",\"key_bits\":1024",
		"\"ja4\":\"dd2d020100_" } },
	{ "dtls/alert", 1,
	    { "{\"level\":\"fatal\",\"description\":\"handshake_failure\",\"from\":\"server\"}" } },
	{ "tls/weak-client-cert", 1,
	    { "\"weak\":[\"old_version\",\"weak_suite\",\"weak_key\",\"weak_signature\","
	      "\"not_yet_valid\",\"self_signed\"]",
		"\"client\":{\"subject\":\"CN=lab.example\"", "\"client_certificate_wanted\":true",
		"\"signature_algorithm\":\"sha1WithRSAEncryption\"" } },
	{ "tls/resumed", 1, { "\"session_resumed\":true", "\"resumed_by\":\"ticket\"" } },
	{ "tls/tlcp", 1,
	    { "\"version\":\"TLCP 1.1\",\"cipher_suite\":\"ECC_SM4_CBC_SM3\"",
		"\"encryption_certificate\":{\"subject\":\"CN=lab.example\"" } },
	{ "tls/tls13-psk", 1,
	    { "\"resumed_by\":\"psk\"", "\"group\":\"curveSM2\"", "\"early_data\":true",
		"\"ech\":true" } },
	{ "tls/exchange", 1,
	    { "\"dh_bits\":768,\"signature_scheme\":\"rsa_pkcs1_sha256\"", "\"weak_group\"" } },
	{ "ike/v1-main", 5,
	    { "\"version_major\":1", "\"alg_enc\":\"EncAesCbc\",\"alg_enc_raw\":7",
		"\"alg_dh\":\"GroupAlternate1024BitModpGroup\"",
		"\"nonce_payload\":\"6e6f6e63652d6e6f6e6365\",\"nonce_payload_length\":11",
		"\"vendor_ids\":[\"76656e646f72\"]", "\"encrypted_payloads\":true" } },
	{ "ike/v2-init", 4,
	    { "\"role\":\"initiator\",\"payload\":[\"SecurityAssociation\",\"KeyExchange\","
	      "\"Nonce\",\"Notify\",\"NoNextPayload\"]",
		"\"name\":\"ENCR_AES_CBC\",\"id\":12,\"key_length\":256",
		"\"notify\":[\"NO_PROPOSAL_CHOSEN\"],\"errors\":1",
		"\"exchange_type_verbose\":\"IKE_AUTH\"" } },
	{ "wireguard/session", 5,
	    { "{\"type\":\"handshake_initiation\",\"sender\":7}",
		"{\"type\":\"handshake_response\",\"sender\":9,\"receiver\":7}",
		"{\"type\":\"cookie_reply\",\"receiver\":7}",
		"{\"type\":\"transport_data\",\"receiver\":9,\"counter\":0}" } },
	{ "openvpn/udp", 1,
	    { "\"protection\":\"none\",\"client_session\":\"636c69656e746964\","
	      "\"server_session\":\"7365727665726964\"",
		"\"sni\":\"a.example\"", "\"subject\":\"CN=lab.example\"" } },
	{ "openvpn/tcp", 1, { "\"opcode\":7,\"protection\":\"none\"", "\"sni\":\"a.example\"" } },
	{ "openvpn/tls-auth", 1, { "\"protection\":\"tls-auth\"" } },
	{ "openvpn/tls-crypt", 1,
	    { "\"protection\":\"tls-crypt\"", "\"server_session\":\"7365727665726964\"" } },
	{ "ssh/kexinit", 1, { "\"software_version\":\"lab_1.0\",\"hassh\":{" } },
};

static void
check(const struct want *w)
{
	if (events != w->events)
		fail_msg("%s: %u events: %s", w->name, events, said);
	for (size_t i = 0; i < 7 && w->text[i]; i++) {
		if (!strstr(said, w->text[i]))
			fail_msg("%s: %s is not in %s", w->name, w->text[i], said);
	}
}

static void
whole_and_in_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wants) / sizeof(*wants); i++) {
		run(wants[i].name, 65536, 65536);
		check(&wants[i]);
		run(wants[i].name, 1, 65536);
		check(&wants[i]);
	}
}

/* Nothing to be said of them but that they do no harm. */
static void
cut_short(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wants) / sizeof(*wants); i++) {
		for (size_t most = 1; most < 400; most += 7)
			run(wants[i].name, 64, most);
		assert_true(events <= 5);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_and_in_pieces),
		cmocka_unit_test(cut_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
