/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/openvpn.h"

#define RESET_REST 5   /* no acknowledgements, packet number 0 */
#define SERVER_REST 17 /* one acknowledgement, the client's session, packet number 0 */
#define COUNTER 8      /* number and time, behind tls-auth's hash or before tls-crypt's */
#define CRYPT_TAG 32
#define HEAD 9 /* opcode and session */
#define YEAR_2010 1262304000U
#define YEAR_2050 2524608000U

/* tls-crypt: number, time of the session's begin, tag. */
static bool
crypt_like(struct view packet)
{
	struct cursor c = cursor_of_view(packet);
	uint32_t time;
	return packet.len >= HEAD + COUNTER + CRYPT_TAG + RESET_REST && cursor_skip(&c, HEAD + 4) &&
	       cursor_u32(&c, &time) && time > YEAR_2010 && time < YEAR_2050;
}

/* The end of a client's first packet: no acknowledgements, number 0. */
static bool
zeros(struct view packet, size_t head)
{
	static const uint8_t want[RESET_REST];
	struct cursor c = cursor_of_view(packet);
	struct view rest;
	return packet.len == head + RESET_REST && cursor_skip(&c, head) &&
	       cursor_take(&c, RESET_REST, &rest) && memcmp(rest.ptr, want, RESET_REST) == 0;
}

/* The end of a server's: one acknowledgement, of number 0, a session, number 0. */
static bool
answers(struct view packet, size_t head)
{
	struct cursor c = cursor_of_view(packet);
	uint8_t n;
	uint32_t ack, id;
	return packet.len == head + SERVER_REST && cursor_skip(&c, head) && cursor_u8(&c, &n) &&
	       n == 1 && cursor_u32(&c, &ack) && ack == 0 && cursor_skip(&c, 8) &&
	       cursor_u32(&c, &id) && id == 0;
}

enum openvpn_guard
openvpn_guess(struct view packet, size_t *size)
{
	static const uint8_t hashes[] = { 16, 20, 28, 32, 48, 64 };
	struct cursor c = cursor_of_view(packet);
	uint8_t first;
	*size = 0;
	if (!cursor_u8(&c, &first) || first & 7)
		return OPENVPN_UNKNOWN;
	uint8_t opcode = first >> 3;
	if (opcode == OPENVPN_RESET_CLIENT_3)
		return crypt_like(packet) ? OPENVPN_CRYPT_2 : OPENVPN_UNKNOWN;
	if (opcode != OPENVPN_RESET_CLIENT_2 && opcode != OPENVPN_RESET_SERVER_2)
		return OPENVPN_UNKNOWN;
	bool (*fits)(struct view, size_t) = opcode == OPENVPN_RESET_CLIENT_2 ? zeros : answers;
	if (fits(packet, HEAD))
		return OPENVPN_PLAIN;
	for (size_t i = 0; i < sizeof(hashes); i++) {
		if (fits(packet, HEAD + hashes[i] + COUNTER)) {
			*size = hashes[i];
			return OPENVPN_AUTH;
		}
	}
	return opcode == OPENVPN_RESET_CLIENT_2 && crypt_like(packet) ? OPENVPN_CRYPT
								      : OPENVPN_UNKNOWN;
}

static bool
control(struct cursor *c, struct openvpn_packet *out)
{
	if (!cursor_u8(c, &out->acks) || out->acks > 8 || !cursor_skip(c, out->acks * (size_t)4))
		return false;
	if (out->acks && !cursor_take(c, 8, &out->peer))
		return false;
	if (out->opcode == OPENVPN_ACK)
		return true;
	return cursor_u32(c, &out->id) && cursor_take(c, cursor_left(c), &out->payload);
}

bool
openvpn_packet(struct view bytes, enum openvpn_guard guard, size_t size, struct openvpn_packet *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t first;
	*out = (struct openvpn_packet){ 0 };
	if (!cursor_u8(&c, &first))
		return false;
	out->opcode = first >> 3;
	out->key_id = first & 7;
	if (out->opcode < OPENVPN_RESET_CLIENT_1 || out->opcode > OPENVPN_CONTROL_WKC)
		return false;
	if (out->opcode == OPENVPN_DATA_1 || out->opcode == OPENVPN_DATA_2)
		return true;
	if (!cursor_take(&c, 8, &out->session))
		return false;
	if (guard == OPENVPN_PLAIN)
		return control(&c, out);
	if (guard == OPENVPN_AUTH)
		return cursor_skip(&c, size + COUNTER) && control(&c, out);
	return true;
}
