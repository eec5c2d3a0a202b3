/* SPDX-License-Identifier: Apache-2.0 */
/* What the answer to a transaction says of an attack. */
#include <string.h>

#include "judge.h"

#define WHY(x) VERDICT_WHY_##x

static bool
buffer(const struct l7_tx *tx, enum l7_buffer what, enum dir dir, struct view *out)
{
	struct l7_ask ask = { .what = (uint8_t)what, .dir = (uint8_t)dir };
	return l7_tx_buffer(tx, &ask, out);
}

/* Has the text this word, letters of either case? */
static bool
has_word(struct view v, const char *word)
{
	size_t n = strlen(word), k;
	for (size_t i = 0; i + n <= v.len; i++) {
		for (k = 0; k < n && (v.ptr[i + k] | 0x20) == (uint8_t)word[k]; k++)
			;
		if (k == n)
			return true;
	}
	return false;
}

static unsigned
status_of(const struct l7_tx *tx)
{
	struct view text;
	unsigned status = 0;

	if (!buffer(tx, L7_BUF_HTTP_STAT_CODE, DIR_TO_CLIENT, &text))
		return 0;
	for (size_t i = 0; i < text.len && i < 3 && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
		status = status * 10 + (text.ptr[i] - '0');
	return status;
}

static bool
goes_to_login(const struct l7_tx *tx)
{
	static const char *const words[] = { "login", "signin", "logon", "/cas", "sso", "passport",
		"auth" };
	struct view to;

	if (!buffer(tx, L7_BUF_HTTP_LOCATION, DIR_TO_CLIENT, &to))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (has_word(to, words[i]))
			return true;
	return false;
}

static bool
is_page(const struct l7_tx *tx, const struct verdict_body *body)
{
	struct view type;
	if (buffer(tx, L7_BUF_HTTP_CONTENT_TYPE, DIR_TO_CLIENT, &type))
		return has_word(type, "html") && (body->html || !body->any);
	return body->html;
}

/* A request that puts something there. */
static bool
stores(const struct l7_tx *tx)
{
	struct view method, type;
	if (buffer(tx, L7_BUF_HTTP_METHOD, DIR_TO_SERVER, &method) && method.len == 3 &&
	    memcmp(method.ptr, "PUT", 3) == 0)
		return true;
	return buffer(tx, L7_BUF_HTTP_CONTENT_TYPE, DIR_TO_SERVER, &type) &&
	       has_word(type, "multipart/form-data");
}

/* 500 is no refusal: what was sent may have run before it failed. */
static uint8_t
http_failure(const struct l7_tx *tx, unsigned status)
{
	if (status == 404 || status == 410)
		return WHY(HTTP_MISSING);
	if (status >= 300 && status < 400 && goes_to_login(tx))
		return WHY(HTTP_LOGIN);
	return status >= 400 && status != 500 ? WHY(HTTP_REFUSED) : VERDICT_WHY_NONE;
}

/* A status that says no, over something else: who runs code at a server answers as he likes, and
 * web shells like 404. */
static bool
hides(enum verdict_kind kind, const struct l7_tx *tx, const struct verdict_body *body)
{
	return body->unsure || (kind == KIND_SHELL && body->any && !is_page(tx, body));
}

static uint8_t
http_control(const struct l7_tx *tx, unsigned status)
{
	struct view server;
	if (buffer(tx, L7_BUF_HTTP_SERVER, DIR_TO_CLIENT, &server) && has_word(server, "sinkhole"))
		return WHY(SINKHOLE);
	return status < 400 ? WHY(C2_ANSWERED) : WHY(C2_REFUSED);
}

static uint8_t
http(enum verdict_kind kind, const struct l7_tx *tx, const struct verdict_body *body,
    struct verdict_said *said)
{
	unsigned status = status_of(tx);
	bool given = status >= 200 && status < 300;

	if (!status || !(tx->ready & L7_READY_EVENT))
		return VERDICT_WHY_NONE;
	said->code = status;
	if (kind == KIND_CONTROL)
		return http_control(tx, status);
	if (body->firewall)
		return body->unsure ? VERDICT_WHY_NONE : WHY(WAF);
	uint8_t why = http_failure(tx, status);
	if (why != VERDICT_WHY_NONE && hides(kind, tx, body))
		return VERDICT_WHY_NONE;
	if (why != VERDICT_WHY_NONE || !given)
		return why;
	if (kind == KIND_SCAN && body->any && !is_page(tx, body))
		return WHY(GIVEN);
	if (kind == KIND_SHELL && stores(tx))
		return WHY(STORED);
	if (kind == KIND_SHELL && body->any && !is_page(tx, body))
		return WHY(WEBSHELL);
	return kind == KIND_EXPLOIT && status != 200 && stores(tx) ? WHY(STORED) : VERDICT_WHY_NONE;
}

/* Addresses that stand for "nobody": this host, and the like. */
static bool
nowhere(const struct addr *a, uint8_t ver)
{
	static const struct addr none;
	struct addr loop = none;
	loop.b[15] = 1;
	if (ver == 6)
		return addr_same(a, &none) || addr_same(a, &loop);
	return a->b[0] == 0 || a->b[0] == 127;
}

static uint8_t
dns(enum verdict_kind kind, const struct l7_answered *answer)
{
	if (kind != KIND_CONTROL)
		return answer->is == L7_ANSWER_REFUSED ? WHY(SERVER_REFUSED) : VERDICT_WHY_NONE;
	if (answer->is == L7_ANSWER_REFUSED)
		return WHY(NAME_UNKNOWN);
	return answer->addr_n && nowhere(&answer->addr[0], answer->addr_ver[0]) ? WHY(SINKHOLE)
										: VERDICT_WHY_NONE;
}

static uint8_t
other(enum verdict_kind kind, uint8_t proto, bool done)
{
	bool tls = proto == L7_TLS || proto == L7_DTLS;
	if (kind == KIND_CONTROL)
		return done ? WHY(C2_ANSWERED) : WHY(C2_REFUSED);
	if (!done)
		return tls ? WHY(TLS_REFUSED) : WHY(SERVER_REFUSED);
	/* that a handshake went on says nothing of what was asked for */
	return tls || kind == KIND_LOGIN ? VERDICT_WHY_NONE : WHY(DONE);
}

/* Who was let in got what he wanted only where that was what he tried: an attack that comes with a
 * login, or before one, may still have missed. */
uint8_t
verdict_of_login(enum verdict_kind kind, enum l7_login login)
{
	if (login == L7_LOGIN_FAIL)
		return kind == KIND_CONTROL ? VERDICT_WHY_NONE : WHY(LOGIN_FAILED);
	return login == L7_LOGIN_OK && (kind == KIND_LOGIN || kind == KIND_SCAN) ? WHY(LOGIN_WORKED)
										 : VERDICT_WHY_NONE;
}

/* What proves who somebody is tells by itself, whatever else the transaction is. */
static uint8_t
login(enum verdict_kind kind, const struct l7_tx *tx)
{
	const char *service = NULL;
	return verdict_of_login(kind, l7_tx_login(tx, &service));
}

uint8_t
verdict_answer(enum verdict_kind kind, const struct l7_tx *tx, const struct verdict_body *body,
    struct verdict_said *said)
{
	struct l7_answered answer;
	uint8_t why;

	if (kind == KIND_FACT || kind == KIND_LURE)
		return VERDICT_WHY_NONE;
	if ((why = login(kind, tx)) != VERDICT_WHY_NONE)
		return why;
	if (tx->proto == L7_HTTP || tx->proto == L7_HTTP2)
		return http(kind, tx, body, said);
	if (!l7_tx_answer(tx, &answer))
		return VERDICT_WHY_NONE;
	said->code = answer.code;
	said->word = answer.name;
	if (tx->proto == L7_DNS)
		return dns(kind, &answer);
	return other(kind, tx->proto, answer.is == L7_ANSWER_DONE);
}

void
verdict_show(struct verdict_said *said, struct view bytes)
{
	said->seen_n = 0;
	for (size_t i = 0; i < bytes.len && said->seen_n < VERDICT_SEEN; i++) {
		if (bytes.ptr[i] == '\r' || bytes.ptr[i] == '\n')
			break;
		said->seen[said->seen_n++] = bytes.ptr[i];
	}
}
