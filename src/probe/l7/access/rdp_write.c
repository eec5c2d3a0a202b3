/* SPDX-License-Identifier: Apache-2.0 */
#include "rdp_row.h"
#include "wire/event.h"

struct word {
	uint32_t number;
	const char *word;
};

static const char *
word_of(const struct word *words, size_t n, uint32_t number)
{
	for (size_t i = 0; i < n; i++) {
		if (words[i].number == number)
			return words[i].word;
	}
	return NULL;
}

#define WORD(words, number) word_of((words), sizeof(words) / sizeof(*(words)), (number))

/* [MS-RDPBCGR] 2.2.1.2.1 and 2.2.1.2.2 */
static const struct word protocols[] = { { 0, "rdp" }, { 1, "ssl" }, { 2, "hybrid" },
	{ 4, "rds_tls" }, { 8, "hybrid_ex" } };
static const struct word failures[] = { { 1, "ssl required by server" },
	{ 2, "ssl not allowed by server" }, { 3, "ssl cert not on server" },
	{ 4, "inconsistent flags" }, { 5, "hybrid required by server" },
	{ 6, "ssl with user auth required by server" } };
static const struct word request_flags[] = { { 1, "restricted_admin_mode_required" },
	{ 2, "redirected_authentication_mode_required" }, { 8, "correlation_info_present" } };
static const struct word response_flags[] = { { 1, "extended_client_data" }, { 2, "dynvc_gfx" },
	{ 8, "restricted_admin" }, { 16, "redirected_authentication" } };

/* 2.2.1.3.2 */
static const struct word versions[] = { { 0x80001, "v4" }, { 0x80004, "v5" }, { 0x80005, "v10.0" },
	{ 0x80006, "v10.1" }, { 0x80007, "v10.2" }, { 0x80008, "v10.3" }, { 0x80009, "v10.4" },
	{ 0x8000a, "v10.5" }, { 0x8000b, "v10.6" }, { 0x8000c, "v10.7" }, { 0x8000d, "v10.8" },
	{ 0x8000e, "v10.9" }, { 0x8000f, "v10.10" }, { 0x80010, "v10.11" }, { 0x80011, "v10.12" } };
static const struct word keyboards[] = { { 1, "xt" }, { 2, "ico" }, { 3, "at" }, { 4, "enhanced" },
	{ 5, "1050" }, { 6, "9140" }, { 7, "jp" } };
static const struct word builds[] = { { 2195, "Windows 2000" }, { 2600, "Windows XP" },
	{ 3790, "Windows Server 2003" }, { 6000, "Windows Vista" }, { 6001, "Windows Vista SP1" },
	{ 6002, "Windows Vista SP2" }, { 7600, "Windows 7" }, { 7601, "Windows 7 SP1" },
	{ 9200, "Windows 8" }, { 9600, "Windows 8.1" }, { 10240, "Windows 10" },
	{ 10586, "Windows 10 1511" }, { 14393, "Windows 10 1607" }, { 15063, "Windows 10 1703" },
	{ 16299, "Windows 10 1709" }, { 17134, "Windows 10 1803" }, { 17763, "Windows 10 1809" },
	{ 18362, "Windows 10 1903" }, { 18363, "Windows 10 1909" }, { 19041, "Windows 10 2004" },
	{ 19042, "Windows 10 20H2" }, { 19043, "Windows 10 21H1" }, { 19044, "Windows 10 21H2" },
	{ 19045, "Windows 10 22H2" }, { 22000, "Windows 11 21H2" }, { 22621, "Windows 11 22H2" },
	{ 22631, "Windows 11 23H2" }, { 26100, "Windows 11 24H2" } };
static const struct word capabilities[] = { { 0x0001, "support_errinfo_pdf" },
	{ 0x0002, "want_32bpp_session" }, { 0x0004, "support_statusinfo_pdu" },
	{ 0x0008, "strong_asymmetric_keys" }, { 0x0020, "valid_connection_type" },
	{ 0x0040, "support_monitor_layout_pdu" }, { 0x0080, "support_netchar_autodetect" },
	{ 0x0100, "support_dynvc_gfx_protocol" }, { 0x0200, "support_dynamic_time_zone" },
	{ 0x0400, "support_heartbeat_pdu" } };
static const struct word connections[] = { { 1, "modem" }, { 2, "low_broadband" },
	{ 3, "satellite" }, { 4, "high_broadband" }, { 5, "wan" }, { 6, "lan" },
	{ 7, "autodetect" } };
/* Windows' language identifiers ([MS-LCID]), the low 16 bits of a layout. */
static const struct word layouts[] = { { 0x0401, "ar-SA" }, { 0x0404, "zh-TW" },
	{ 0x0405, "cs-CZ" }, { 0x0406, "da-DK" }, { 0x0407, "de-DE" }, { 0x0408, "el-GR" },
	{ 0x0409, "en-US" }, { 0x040a, "es-ES" }, { 0x040b, "fi-FI" }, { 0x040c, "fr-FR" },
	{ 0x040d, "he-IL" }, { 0x040e, "hu-HU" }, { 0x0410, "it-IT" }, { 0x0411, "ja-JP" },
	{ 0x0412, "ko-KR" }, { 0x0413, "nl-NL" }, { 0x0414, "nb-NO" }, { 0x0415, "pl-PL" },
	{ 0x0416, "pt-BR" }, { 0x0418, "ro-RO" }, { 0x0419, "ru-RU" }, { 0x041a, "hr-HR" },
	{ 0x041b, "sk-SK" }, { 0x041d, "sv-SE" }, { 0x041e, "th-TH" }, { 0x041f, "tr-TR" },
	{ 0x0422, "uk-UA" }, { 0x0429, "fa-IR" }, { 0x042a, "vi-VN" }, { 0x0804, "zh-CN" },
	{ 0x0807, "de-CH" }, { 0x0809, "en-GB" }, { 0x080a, "es-MX" }, { 0x080c, "fr-BE" },
	{ 0x0816, "pt-PT" }, { 0x0c04, "zh-HK" }, { 0x0c07, "de-AT" }, { 0x0c09, "en-AU" },
	{ 0x0c0c, "fr-CA" }, { 0x1004, "zh-SG" }, { 0x1009, "en-CA" }, { 0x100c, "fr-CH" } };

static void
flags(struct jw *w, const char *key, const struct word *words, size_t n, uint32_t set)
{
	jw_key_n(w, key, strlen(key));
	jw_array(w);
	for (size_t i = 0; i < n; i++) {
		if (set & words[i].number)
			jw_word(w, words[i].word);
	}
	jw_array_end(w);
}

#define FLAGS(w, key, words, set)                                                                  \
	flags((w), (key), (words), sizeof(words) / sizeof(*(words)), (set))

/* UTF-16LE up to its NUL; a half of a pair alone becomes U+FFFD. */
static void
wide(struct jw *w, const char *key, struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint8_t out[128];
	size_t n = 0;
	uint16_t unit;
	while (n + 3 <= sizeof(out) && cursor_u16_le(&c, &unit) && unit) {
		if (unit >= 0xd800 && unit < 0xe000)
			unit = 0xfffd;
		if (unit < 0x80) {
			out[n++] = (uint8_t)unit;
		} else if (unit < 0x800) {
			out[n++] = (uint8_t)(0xc0 | unit >> 6);
			out[n++] = (uint8_t)(0x80 | (unit & 63));
		} else {
			out[n++] = (uint8_t)(0xe0 | unit >> 12);
			out[n++] = (uint8_t)(0x80 | (unit >> 6 & 63));
			out[n++] = (uint8_t)(0x80 | (unit & 63));
		}
	}
	if (n)
		jw_put_bytes(w, key, out, n);
}

static void
number(struct jw *w, const char *key, int64_t v)
{
	if (v >= 0)
		jw_put_u64(w, key, (uint64_t)v);
}

static void
word(struct jw *w, const char *key, const char *text)
{
	if (text)
		jw_put_bytes(w, key, text, strlen(text));
}

static void
write_core(struct jw *w, const struct rdp_core *c)
{
	static const uint16_t depths[] = { 4, 8, 15, 16, 24 };
	bool old = c->color_depth >= 0xca00 && c->color_depth <= 0xca04;
	word(w, EV_KEY(rdp_client, version), WORD(versions, c->version));
	number(w, EV_KEY(rdp_client, version_number), c->version);
	number(w, EV_KEY(rdp_client, desktop_width), c->width);
	number(w, EV_KEY(rdp_client, desktop_height), c->height);
	if (c->high_color_depth > 0)
		number(w, EV_KEY(rdp_client, color_depth), c->high_color_depth);
	else if (old)
		number(w, EV_KEY(rdp_client, color_depth), depths[c->color_depth - 0xca00]);
	word(w, EV_KEY(rdp_client, keyboard_layout), WORD(layouts, c->keyboard_layout & 0xffff));
	number(w, EV_KEY(rdp_client, keyboard_layout_id), c->keyboard_layout);
	word(w, EV_KEY(rdp_client, build), WORD(builds, c->build));
	number(w, EV_KEY(rdp_client, build_number), c->build);
	wide(w, EV_KEY(rdp_client, client_name), c->name);
	word(w, EV_KEY(rdp_client, keyboard_type), WORD(keyboards, c->keyboard_type));
	number(w, EV_KEY(rdp_client, keyboard_subtype),
	    c->keyboard_subtype ? (int64_t)c->keyboard_subtype : -1);
	number(w, EV_KEY(rdp_client, function_keys), c->function_keys);
	wide(w, EV_KEY(rdp_client, ime), c->ime);
	number(w, EV_KEY(rdp_client, product_id), c->product_id);
	number(w, EV_KEY(rdp_client, serial_number), c->serial > 0 ? c->serial : -1);
	if (c->capabilities >= 0)
		FLAGS(w, EV_KEY(rdp_client, capabilities), capabilities, (uint32_t)c->capabilities);
	wide(w, EV_KEY(rdp_client, id), c->id);
	if (c->capabilities >= 0 && c->capabilities & 0x20 && c->connection_type >= 0)
		word(w, EV_KEY(rdp_client, connection_hint),
		    WORD(connections, (uint32_t)c->connection_type));
}

static void
write_client(struct jw *w, struct cursor blocks)
{
	struct rdp_block b;
	struct rdp_core core;
	ev_key(w, rdp, client);
	jw_object(w);
	while (rdp_block(&blocks, &b)) {
		if (b.type == RDP_CS_CORE && rdp_core(b.data, &core))
			write_core(w, &core);
	}
	jw_object_end(w);
}

/* Names of eight bytes, each with its options. */
static void
write_channels(struct jw *w, struct cursor blocks)
{
	struct rdp_block b;
	uint32_t n = 0;
	struct view name;
	while (rdp_block(&blocks, &b)) {
		struct cursor c = cursor_of_view(b.data);
		if (b.type != RDP_CS_NET || !cursor_u32_le(&c, &n))
			continue;
		ev_key(w, rdp, channels);
		jw_array(w);
		for (uint32_t i = 0; i < n && i < 31 && cursor_take(&c, 8, &name); i++) {
			const uint8_t *end = memchr(name.ptr, 0, 8);
			jw_bytes(w, name.ptr, end ? (size_t)(end - name.ptr) : 8);
			(void)cursor_skip(&c, 4);
		}
		jw_array_end(w);
		return;
	}
}

static void
write_server(struct jw *w, struct cursor blocks)
{
	struct rdp_block b;
	uint32_t method, level, version;
	while (rdp_block(&blocks, &b)) {
		struct cursor c = cursor_of_view(b.data);
		if (b.type == RDP_SC_CORE && cursor_u32_le(&c, &version)) {
			word(w, EV_KEY(rdp, server_version), WORD(versions, version));
		} else if (b.type == RDP_SC_SECURITY && cursor_u32_le(&c, &method) &&
			   cursor_u32_le(&c, &level)) {
			number(w, EV_KEY(rdp, encryption_method), method);
			number(w, EV_KEY(rdp, encryption_level), level);
		}
	}
}

static void
write_ask(struct jw *w, const struct rdp_negotiation *n)
{
	if (n->cookie.ptr)
		jw_put_bytes(w, EV_KEY(rdp, cookie), n->cookie.ptr, n->cookie.len);
	if (n->token.ptr)
		jw_put_bytes(w, EV_KEY(rdp, routing_token), n->token.ptr, n->token.len);
	if (n->type != RDP_NEG_REQUEST)
		return;
	if (n->flags)
		FLAGS(w, EV_KEY(rdp, flags), request_flags, n->flags);
	FLAGS(w, EV_KEY(rdp, requested_protocols), protocols, n->value);
	number(w, EV_KEY(rdp, requested_protocols_number), n->value);
}

static void
write_answer(struct jw *w, const struct rdp_negotiation *n)
{
	if (n->type == RDP_NEG_RESPONSE) {
		FLAGS(w, EV_KEY(rdp, server_supports), response_flags, n->flags);
		word(w, EV_KEY(rdp, protocol), WORD(protocols, n->value));
		number(w, EV_KEY(rdp, protocol_number), n->value);
	} else if (n->type == RDP_NEG_FAILURE) {
		number(w, EV_KEY(rdp, error_code), n->value);
		word(w, EV_KEY(rdp, reason), WORD(failures, n->value));
	}
}

void
rdp_write(const void *data, struct jw *w)
{
	static const char *const kinds[] = { "initial_request", "initial_response",
		"connect_request", "connect_response" };
	const struct rdp_tx *tx = data;
	jw_key(w, "rdp");
	jw_object(w);
	word(w, EV_KEY(rdp, event_type), kinds[tx->kind]);
	if (tx->kind == RDP_ASK) {
		write_ask(w, &tx->n);
	} else if (tx->kind == RDP_ANSWER) {
		write_answer(w, &tx->n);
	} else if (tx->kind == RDP_CONNECT) {
		write_client(w, tx->blocks);
		write_channels(w, tx->blocks);
	} else {
		write_server(w, tx->blocks);
	}
	jw_object_end(w);
}
