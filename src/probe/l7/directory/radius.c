/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/radius.h"

#define HEADER 20
#define PACKET_MAX 4096
#define EAP_REQUEST 1
#define EAP_RESPONSE 2
#define EAP_IDENTITY 1

static const struct {
	uint8_t code;
	const char *name;
} codes[] = {
	{ 1, "access_request" },
	{ 2, "access_accept" },
	{ 3, "access_reject" },
	{ 4, "accounting_request" },
	{ 5, "accounting_response" },
	{ 11, "access_challenge" },
	{ 12, "status_server" },
	{ 13, "status_client" },
	{ 40, "disconnect_request" },
	{ 41, "disconnect_ack" },
	{ 42, "disconnect_nak" },
	{ 43, "coa_request" },
	{ 44, "coa_ack" },
	{ 45, "coa_nak" },
};

const char *
radius_code_name(uint8_t code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		if (codes[i].code == code)
			return codes[i].name;
	}
	return NULL;
}

bool
radius_next(struct cursor *c, uint8_t *type, struct view *value)
{
	struct cursor try = *c;
	uint8_t len;
	if (!cursor_u8(&try, type) || !cursor_u8(&try, &len) || len < 2 ||
	    !cursor_take(&try, len - 2U, value))
		return false;
	*c = try;
	return true;
}

long
radius_parse(struct view bytes, struct radius *out)
{
	struct cursor c = cursor_of_view(bytes);
	struct view value;
	uint16_t len;
	uint8_t type;
	if (!cursor_u8(&c, &out->code) || !radius_code_name(out->code) ||
	    !cursor_u8(&c, &out->id) || !cursor_u16(&c, &len))
		return L7_BAD;
	if (len < HEADER || len > PACKET_MAX || !cursor_skip(&c, 16) ||
	    !cursor_take(&c, len - (size_t)HEADER, &out->attributes))
		return L7_BAD;
	struct cursor list = cursor_of_view(out->attributes);
	while (radius_next(&list, &type, &value))
		;
	return cursor_left(&list) ? L7_BAD : (long)len;
}

unsigned
radius_wrong(const struct radius *m)
{
	/* Types whose values are an address or a number: four octets. */
	static const uint8_t four[] = { 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 23, 27, 28, 29,
		37, 38, 40, 41, 42, 43, 45, 46, 47, 48, 49, 51, 52, 53, 55, 61, 62, 85 };
	struct cursor c = cursor_of_view(m->attributes);
	struct view value;
	unsigned wrong = 0;
	uint8_t type;
	while (radius_next(&c, &type, &value)) {
		wrong += !type || !value.len;
		wrong += (type == RADIUS_MESSAGE_AUTHENTICATOR && value.len != 16) ||
			 (type == RADIUS_VENDOR_SPECIFIC && (value.len < 5 || *value.ptr)) ||
			 (type == RADIUS_USER_PASSWORD && value.len % 16);
		wrong += memchr(four, type, sizeof(four)) && value.len != 4;
	}
	return wrong;
}

bool
radius_find(const struct radius *m, uint8_t type, struct view *value)
{
	struct cursor c = cursor_of_view(m->attributes);
	uint8_t one;
	while (radius_next(&c, &one, value)) {
		if (one == type)
			return true;
	}
	return false;
}

bool
radius_eap(const struct radius *m, struct radius_eap *out)
{
	struct view message;
	uint16_t len;
	*out = (struct radius_eap){ 0 };
	if (!radius_find(m, RADIUS_EAP_MESSAGE, &message))
		return false;
	struct cursor c = cursor_of_view(message);
	if (!cursor_u8(&c, &out->code) || !cursor_u8(&c, &out->id) || !cursor_u16(&c, &len))
		return false;
	if (out->code != EAP_REQUEST && out->code != EAP_RESPONSE)
		return true;
	(void)cursor_u8(&c, &out->type);
	if (out->code == EAP_RESPONSE && out->type == EAP_IDENTITY && len >= 5) {
		size_t n = len - 5U < cursor_left(&c) ? len - 5U : cursor_left(&c);
		(void)cursor_take(&c, n, &out->identity);
	}
	return true;
}
