/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/http2.h"

#include "probe/l7/parse.h"

long
http2_frame(struct view bytes, struct http2_frame *out)
{
	struct cursor c = cursor_of_view(bytes);
	if (cursor_left(&c) < HTTP2_HEADER)
		return L7_MORE;
	(void)cursor_u24(&c, &out->length);
	(void)cursor_u8(&c, &out->type);
	(void)cursor_u8(&c, &out->flags);
	(void)cursor_u32(&c, &out->stream);
	out->stream &= 0x7fffffff;
	return HTTP2_HEADER;
}

bool
http2_block(const struct http2_frame *f, struct view payload, struct view *block, int *weight,
    uint32_t *promised)
{
	struct cursor c = cursor_of_view(payload);
	uint32_t depends;
	uint8_t pad = 0, w = 0;
	*weight = -1;
	*promised = 0;
	if (f->flags & HTTP2_PADDED && !cursor_u8(&c, &pad))
		return false;
	if (f->type == HTTP2_HEADERS && f->flags & HTTP2_PRIORITISED) {
		if (!cursor_u32(&c, &depends) || !cursor_u8(&c, &w))
			return false;
		*weight = w;
	}
	if (f->type == HTTP2_PUSH_PROMISE) {
		if (!cursor_u32(&c, promised))
			return false;
		*promised &= 0x7fffffff;
	}
	return pad <= cursor_left(&c) && cursor_take(&c, cursor_left(&c) - pad, block);
}

bool
http2_setting(struct cursor *c, uint16_t *id, uint32_t *value)
{
	return cursor_left(c) >= 6 && cursor_u16(c, id) && cursor_u32(c, value);
}

const char *
http2_setting_name(uint16_t id)
{
	static const char *const names[] = { NULL, "SETTINGSHEADERTABLESIZE", "SETTINGSENABLEPUSH",
		"SETTINGSMAXCONCURRENTSTREAMS", "SETTINGSINITIALWINDOWSIZE", "SETTINGSMAXFRAMESIZE",
		"SETTINGSMAXHEADERLISTSIZE", NULL, "SETTINGSENABLECONNECTPROTOCOL",
		"SETTINGSNORFC7540PRIORITIES" };
	return id < sizeof(names) / sizeof(*names) ? names[id] : NULL;
}

const char *
http2_error_name(uint32_t code)
{
	static const char *const names[] = { "NOERROR", "PROTOCOLERROR", "INTERNALERROR",
		"FLOWCONTROLERROR", "SETTINGSTIMEOUT", "STREAMCLOSED", "FRAMESIZEERROR",
		"REFUSEDSTREAM", "CANCEL", "COMPRESSIONERROR", "CONNECTERROR", "ENHANCEYOURCALM",
		"INADEQUATESECURITY", "HTTP11REQUIRED" };
	return code < sizeof(names) / sizeof(*names) ? names[code] : NULL;
}
