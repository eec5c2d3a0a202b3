/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/redis.h"

#include <strings.h>

#include "probe/l7/parse.h"

#define BULK_MAX INT64_C(0x40000000) /* Redis allows 512 MiB */

static bool
number(struct view text, int64_t *out)
{
	struct cursor c = cursor_of_view(text);
	uint8_t b;
	bool minus = cursor_peek(&c, 0, &b) && b == '-';
	(void)cursor_skip(&c, minus);
	if (!cursor_left(&c) || cursor_left(&c) > 18)
		return false;
	*out = 0;
	while (cursor_u8(&c, &b)) {
		if (b < '0' || b > '9')
			return false;
		*out = *out * 10 + (b - '0');
	}
	if (minus)
		*out = -*out;
	return true;
}

static bool
counts(struct redis_element *e)
{
	bool string = strchr("$=!", e->type) != NULL;
	if (!number(e->line, &e->number) || e->number < -1 || e->number > BULK_MAX)
		return false;
	uint64_t n = e->number < 0 ? 0 : (uint64_t)e->number;
	if (string)
		e->body = e->number < 0 ? 0 : n + 2;
	else
		e->inside = e->type == '%' ? n * 2 : e->type == '|' ? n * 2 + 1 : n;
	return true;
}

long
redis_element(struct view bytes, struct redis_element *out)
{
	struct cursor c = cursor_of_view(bytes);
	*out = (struct redis_element){ 0 };
	if (!cursor_u8(&c, &out->type))
		return L7_MORE;
	if (!out->type || !strchr("+-:_,#($=!*~>%|", out->type))
		return L7_BAD;
	if (!cursor_line(&c, &out->line))
		return bytes.len > REDIS_LINE_MAX ? L7_BAD : L7_MORE;
	if (strchr("$=!*~>%|", out->type) && !counts(out))
		return L7_BAD;
	return (long)(bytes.len - cursor_left(&c));
}

bool
redis_word(struct cursor *c, struct view *out)
{
	struct cursor from;
	uint8_t b;
	size_t n = 0;
	while (cursor_peek(c, 0, &b) && b == ' ')
		(void)cursor_skip(c, 1);
	from = *c;
	while (cursor_peek(c, n, &b) && b != ' ')
		n++;
	(void)cursor_skip(c, n);
	return n && cursor_take(&from, n, out);
}

static const struct {
	const char *name;
	enum redis_kind kind;
} commands[] = {
	{ "GET", REDIS_KEY },
	{ "SET", REDIS_KEY },
	{ "DEL", REDIS_KEY },
	{ "EXISTS", REDIS_KEY },
	{ "INCR", REDIS_KEY },
	{ "DECR", REDIS_KEY },
	{ "EXPIRE", REDIS_KEY },
	{ "TTL", REDIS_KEY },
	{ "MGET", REDIS_KEY },
	{ "MSET", REDIS_KEY },
	{ "HGET", REDIS_KEY },
	{ "HSET", REDIS_KEY },
	{ "LPUSH", REDIS_KEY },
	{ "RPUSH", REDIS_KEY },
	{ "LPOP", REDIS_KEY },
	{ "SADD", REDIS_KEY },
	{ "ZADD", REDIS_KEY },
	{ "SETEX", REDIS_KEY },
	{ "AUTH", REDIS_AUTH },
	{ "HELLO", REDIS_HELLO },
	{ "CONFIG", REDIS_CONFIG },
	{ "EVAL", REDIS_SCRIPT },
	{ "EVAL_RO", REDIS_SCRIPT },
	{ "PING", REDIS_NONE },
	{ "ECHO", REDIS_NONE },
	{ "QUIT", REDIS_NONE },
	{ "INFO", REDIS_PLAIN },
	{ "SELECT", REDIS_PLAIN },
	{ "SLAVEOF", REDIS_PLAIN },
	{ "REPLICAOF", REDIS_PLAIN },
	{ "MODULE", REDIS_PLAIN },
	{ "CLIENT", REDIS_PLAIN },
	{ "CLUSTER", REDIS_PLAIN },
	{ "COMMAND", REDIS_PLAIN },
	{ "ACL", REDIS_PLAIN },
	{ "DEBUG", REDIS_PLAIN },
	{ "SCRIPT", REDIS_PLAIN },
	{ "KEYS", REDIS_PLAIN },
	{ "SCAN", REDIS_PLAIN },
	{ "SUBSCRIBE", REDIS_PLAIN },
	{ "PSUBSCRIBE", REDIS_PLAIN },
	{ "UNSUBSCRIBE", REDIS_PLAIN },
	{ "PUBLISH", REDIS_KEY },
	{ "MIGRATE", REDIS_PLAIN },
	{ "PSYNC", REDIS_PLAIN },
	{ "REPLCONF", REDIS_PLAIN },
	{ "OBJECT", REDIS_PLAIN },
	{ "MEMORY", REDIS_PLAIN },
	{ "LATENCY", REDIS_PLAIN },
	{ "SLOWLOG", REDIS_PLAIN },
	{ "SHUTDOWN", REDIS_PLAIN },
	{ "SENTINEL", REDIS_PLAIN },
	{ "SYNC", REDIS_NONE },
	{ "MONITOR", REDIS_NONE },
	{ "MULTI", REDIS_NONE },
	{ "EXEC", REDIS_NONE },
	{ "DISCARD", REDIS_NONE },
	{ "SAVE", REDIS_NONE },
	{ "BGSAVE", REDIS_PLAIN },
	{ "FLUSHALL", REDIS_PLAIN },
	{ "FLUSHDB", REDIS_PLAIN },
	{ "DBSIZE", REDIS_NONE },
	{ "FUNCTION", REDIS_PLAIN },
	{ "SYSTEM.EXEC", REDIS_PLAIN },
};

static size_t
find(struct view command)
{
	size_t n = sizeof(commands) / sizeof(*commands);
	for (size_t i = 0; i < n; i++) {
		if (strlen(commands[i].name) == command.len &&
		    strncasecmp(commands[i].name, (const char *)command.ptr, command.len) == 0)
			return i;
	}
	return n;
}

bool
redis_known(struct view command)
{
	return command.len && find(command) < sizeof(commands) / sizeof(*commands);
}

enum redis_kind
redis_kind(struct view command)
{
	return redis_known(command) ? commands[find(command)].kind : REDIS_KEY;
}
