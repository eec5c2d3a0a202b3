/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "lib/buf.h"

struct pair {
	const char *en, *zh;
};

static const struct pair texts[TEXT_COUNT] = {
#define TEXT(id, en, zh) [TEXT_##id] = { en, zh },
#include "text.def"
};

const char *
text_of(const struct cli *c, enum text_id id)
{
	return c->chinese ? texts[id].zh : texts[id].en;
}

const char *
text_word(const struct cli *c, const char *word)
{
	static const struct {
		const char *word;
		enum text_id id;
	} words[] = {
		{ "attempt", TEXT_VERDICT_ATTEMPT },
		{ "success", TEXT_VERDICT_SUCCESS },
		{ "compromised", TEXT_VERDICT_COMPROMISED },
		{ "failed", TEXT_VERDICT_FAILED },
		{ "open", TEXT_STATUS_OPEN },
		{ "acknowledged", TEXT_STATUS_ACKNOWLEDGED },
		{ "false_positive", TEXT_STATUS_FALSE_POSITIVE },
		{ "escalated", TEXT_STATUS_ESCALATED },
		{ "closed", TEXT_FLOW_CLOSED },
		{ "established", TEXT_FLOW_ESTABLISHED },
		{ "new", TEXT_FLOW_NEW },
		{ "start", TEXT_STAGE_START },
		{ "ok", TEXT_LINK_OK },
		{ "idle", TEXT_LINK_IDLE },
		{ "one-way", TEXT_LINK_ONE_WAY },
		{ "down", TEXT_LINK_DOWN },
		{ "in", TEXT_DIRECTION_IN },
		{ "out", TEXT_DIRECTION_OUT },
		{ "both", TEXT_DIRECTION_BOTH },
		{ "summary", TEXT_STAGE_SUMMARY },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(word, words[i].word) == 0)
			return text_of(c, words[i].id);
	return word;
}

const char *
text_class(const struct cli *c, const char *category)
{
	for (int id = TEXT_CLASS_0; id <= (int)TEXT_CLASS_LAST; id++)
		if (strcmp(category, texts[id].en) == 0)
			return text_of(c, (enum text_id)id);
	return category;
}

const char *
text_classtype(const struct cli *c, const char *classtype, const char *category)
{
	/* in the order of signatures/classification.config, as their texts */
	static const char *const names[] = { "not-suspicious", "unknown", "bad-unknown",
		"attempted-recon", "successful-recon-limited", "successful-recon-largescale",
		"attempted-dos", "successful-dos", "attempted-user", "unsuccessful-user",
		"successful-user", "attempted-admin", "successful-admin", "rpc-portmap-decode",
		"shellcode-detect", "string-detect", "suspicious-filename-detect",
		"suspicious-login", "system-call-detect", "tcp-connection", "trojan-activity",
		"unusual-client-port-connection", "network-scan", "denial-of-service",
		"non-standard-protocol", "protocol-command-decode", "web-application-activity",
		"web-application-attack", "misc-activity", "misc-attack", "icmp-event",
		"inappropriate-content", "policy-violation", "default-login-attempt", "sdf",
		"file-format", "malware-cnc", "client-side-exploit", "targeted-activity",
		"exploit-kit", "external-ip-check", "domain-c2", "pup-activity", "credential-theft",
		"social-engineering", "coin-mining", "command-and-control" };

	for (size_t i = 0; c->chinese && i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(classtype, names[i]) == 0)
			return text_of(c, (enum text_id)(TEXT_CLASS_0 + i));
	return text_class(c, category);
}

const char *
text_severity(const struct cli *c, long long severity)
{
	if (severity < 1 || severity > 4)
		return "?";
	return text_of(c, TEXT_SEVERITY_1 + (enum text_id)(severity - 1));
}

const char *
text_level(const struct cli *c, const char *level)
{
	return strcasecmp(level, "high") == 0     ? text_of(c, TEXT_LEVEL_HIGH)
	       : strcasecmp(level, "medium") == 0 ? text_of(c, TEXT_LEVEL_MEDIUM)
	       : strcasecmp(level, "low") == 0    ? text_of(c, TEXT_LEVEL_LOW)
						  : level;
}

void
text_fill(const struct cli *c, char *out, size_t room, enum text_id id, const char *const args[3])
{
	size_t n = 0;

	for (const char *p = text_of(c, id); *p && n + 2 < room; p++) {
		if (p[0] != '{' || p[1] < '1' || p[1] > '3' || p[2] != '}') {
			out[n++] = *p;
			continue;
		}
		const char *arg = args[p[1] - '1'];
		n += width_copy(out + n, room - n, arg ? arg : "", (unsigned)room);
		p += 2;
	}
	out[n] = 0;
}

void
text_say(const struct cli *c, FILE *out, enum text_id id, const char *const args[3])
{
	char text[8192];

	text_fill(c, text, sizeof(text), id, args);
	(void)fprintf(out, "%s\n", text);
}

void
text_complain(const struct cli *c, enum text_id id, const char *const args[3])
{
	(void)fputs("wanglou: ", stderr);
	text_say(c, stderr, id, args);
}

void
cli_bytes(char out[32], long long n)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double v = (double)n;
	size_t u = 0;

	for (; v >= 1024 && u < 4; u++)
		v /= 1024;
	(void)snprintf(out, 32, u ? "%.1f %s" : "%.0f %s", v, units[u]);
}

void
cli_complain(const char *format, ...)
{
	char text[1024], clean[2048];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)width_copy(clean, sizeof(clean), text, 100000);
	(void)fprintf(stderr, "wanglou: %s\n", clean);
}

/* 1: taken, with what *used says; 0: not an option of these; -1: complained. */
static int
take_option(
    const struct cli *c, char **argv, int left, const struct cli_option *rows, size_t n, int *used)
{
	const char *equals = strchr(argv[0], '=');
	size_t len = equals ? (size_t)(equals - argv[0]) : strlen(argv[0]);

	for (size_t i = 0; i < n; i++) {
		if (strlen(rows[i].name) != len || strncmp(rows[i].name, argv[0], len))
			continue;
		*used = 1;
		if (!rows[i].value) {
			*rows[i].flag = true;
			return 1;
		}
		*used = equals ? 1 : 2;
		if (!equals && left < 2) {
			COMPLAIN(c, TEXT_NEEDS_VALUE, argv[0]);
			return -1;
		}
		*rows[i].value = equals ? equals + 1 : argv[1];
		return 1;
	}
	COMPLAIN(c, TEXT_NO_OPTION, argv[0]);
	return -1;
}

int
cli_options(const struct cli *c, int argc, char **argv, const struct cli_option *rows, size_t n)
{
	int kept = 0, used = 0;
	bool plain = false;

	for (int i = 0; i < argc; i += used) {
		used = 1;
		if (plain || argv[i][0] != '-' || argv[i][1] == 0) {
			argv[kept++] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			plain = true;
			continue;
		}
		if (take_option(c, argv + i, argc - i, rows, n, &used) < 0)
			return -1;
	}
	return kept;
}

bool
cli_no_operands(const struct cli *c, int n, char **argv)
{
	if (n > 0)
		COMPLAIN(c, TEXT_UNEXPECTED, argv[0]);
	return n != 0;
}

int
cli_usage(const struct cli *c, const char *command)
{
	for (const struct cli_command *row = cli_commands; row->name; row++)
		if (strcmp(row->name, command) == 0)
			COMPLAIN(c, TEXT_USAGE, row->name, row->arguments);
	return CLI_USAGE;
}

bool
cli_is_number(const char *text)
{
	return text[0] && strspn(text, "0123456789") == strlen(text) && strlen(text) < 19;
}

json_t *
cli_at(const json_t *object, const char *path)
{
	char key[64];

	while (object && *path) {
		size_t n = strcspn(path, ".");
		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = 0;
		object = json_object_get(object, key);
		path += n + (path[n] == '.');
	}
	return (json_t *)object;
}

const char *
cli_text_at(const json_t *object, const char *path)
{
	const char *text = json_string_value(cli_at(object, path));

	return text ? text : "";
}

long long
cli_number_at(const json_t *object, const char *path, long long otherwise)
{
	const json_t *v = cli_at(object, path);

	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

void
cli_print_json(const json_t *value)
{
	(void)json_dumpf(value, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	(void)fputc('\n', stdout);
}
