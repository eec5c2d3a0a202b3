/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <string.h>

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
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(word, words[i].word) == 0)
			return text_of(c, words[i].id);
	return word;
}

const char *
text_severity(const struct cli *c, long long severity)
{
	if (severity < 1 || severity > 4)
		return "?";
	return text_of(c, TEXT_SEVERITY_1 + (enum text_id)(severity - 1));
}

void
text_say(const struct cli *c, FILE *out, enum text_id id, const char *const args[3])
{
	char clean[4096];

	for (const char *p = text_of(c, id); *p; p++) {
		if (p[0] != '{' || p[1] < '1' || p[1] > '3' || p[2] != '}') {
			(void)fputc(*p, out);
			continue;
		}
		const char *arg = args[p[1] - '1'];
		(void)width_copy(clean, sizeof(clean), arg ? arg : "", sizeof(clean));
		(void)fputs(clean, out);
		p += 2;
	}
	(void)fputc('\n', out);
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
take_option(char **argv, int left, const struct cli_option *rows, size_t n, int *used)
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
			cli_complain("%s needs a value", argv[0]);
			return -1;
		}
		*rows[i].value = equals ? equals + 1 : argv[1];
		return 1;
	}
	cli_complain("%s: no such option here; see wanglou help", argv[0]);
	return -1;
}

int
cli_options(int argc, char **argv, const struct cli_option *rows, size_t n)
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
		if (take_option(argv + i, argc - i, rows, n, &used) < 0)
			return -1;
	}
	return kept;
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
