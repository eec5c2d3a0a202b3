/* SPDX-License-Identifier: Apache-2.0 */
/* custom: see custom.h. */
#include "custom.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"

#define LINE_MAX_BYTES 2048

/* Reason a line is wrong, or NULL. It may be cut to pieces. */
typedef const char *(*line_fn)(char *line, unsigned end);

static bool
number(const char *text, unsigned long low, unsigned long high)
{
	char *rest;

	if (*text < '0' || *text > '9')
		return false;
	unsigned long n = strtoul(text, &rest, 10);
	return *rest == '\0' && n >= low && n <= high;
}

static const char *
ports(char *text)
{
	char *to = strchr(text, '-');

	if (to)
		*to++ = '\0';
	if (!number(text, 1, 65535) || (to && !number(to, 1, 65535)))
		return "a port is 1 to 65535, or two of them with - between";
	return NULL;
}

static const char *
address(char *text)
{
	struct prefix p;
	char *port = strchr(text, ':');

	if (port)
		*port++ = '\0';
	if (!prefix_parse(text, &p) || p.ver != 4)
		return "not an IPv4 address or network";
	return port ? ports(port) : NULL;
}

static const char *
attribute(char *text)
{
	char *value = strchr(text, ':');

	if (!value || !value[1])
		return "expected tcp:, udp:, ip: or host: with a value";
	*value++ = '\0';
	if (strcmp(text, "tcp") == 0 || strcmp(text, "udp") == 0)
		return ports(value);
	if (strcmp(text, "ip") == 0)
		return address(value);
	if (strcmp(text, "host") == 0)
		return strcmp(value, "\"\"") == 0 ? "the host name is empty" : NULL;
	return "expected tcp:, udp:, ip: or host: with a value";
}

static const char *
protocol_line(char *line, unsigned end)
{
	static const char *const others[] = {
		"ip_risk_mask:", "host_risk_mask:", "trusted_issuer_dn:"
	};
	char *name = strrchr(line, '@'), *rest, *part;
	const char *why = NULL;

	(void)end;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(line, others[i], strlen(others[i])) == 0)
			return strrchr(line, '=') ? NULL : "expected = and a value";
	if (!name || !name[1])
		return "expected @ and the protocol's name at the end";
	*name = '\0';
	if (!*line)
		return "nothing before the @";
	for (part = strtok_r(line, ",", &rest); part && !why; part = strtok_r(NULL, ",", &rest))
		why = attribute(part);
	return why;
}

static const char *
category_line(char *line, unsigned end)
{
	char *category = strchr(line, '\t');

	if (!category || category == line)
		return "expected a name or address, a tab and a category's number";
	*category++ = '\0';
	if (!number(category, 1, end - 1))
		return "no such category's number";
	return NULL;
}

static int
each_line(const char *path, line_fn check, unsigned end, struct err *e)
{
	char line[LINE_MAX_BYTES];
	const char *why = NULL;
	unsigned n = 0;
	FILE *f = fopen(path, "re");

	if (!f)
		return err_set(e, "%s: %s", path, strerror(errno));
	while (!why && fgets(line, sizeof(line), f)) {
		size_t length = strcspn(line, "\n");
		n++;
		if (line[length] != '\n') /* the library would cut the last letter off */
			why = length + 1 == sizeof(line) ? "too long" : "the line has no end";
		line[length] = '\0';
		if (!why && *line && *line != '#')
			why = check(line, end);
	}
	if (!why && ferror(f))
		why = strerror(errno);
	fclose(f);
	return why ? err_set(e, "%s:%u: %s", path, n, why) : 0;
}

int
custom_protocols(const char *path, struct err *e)
{
	return each_line(path, protocol_line, 0, e);
}

int
custom_categories(const char *path, unsigned end, struct err *e)
{
	return each_line(path, category_line, end, e);
}
