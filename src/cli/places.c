/* SPDX-License-Identifier: Apache-2.0 */
#include "places.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
own_folder(char out[PATH_MAX])
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n <= 0)
		return false;
	exe[n] = 0;
	(void)snprintf(out, PATH_MAX, "%s", dirname(exe));
	return true;
}

void
places_program(char out[PATH_MAX], const char *name)
{
	char dir[PATH_MAX];
	int n = own_folder(dir) ? snprintf(out, PATH_MAX, "%s/%s", dir, name) : PATH_MAX;

	if (n >= PATH_MAX || access(out, X_OK))
		(void)snprintf(out, PATH_MAX, "%s", name);
}

bool
places_config(char out[PATH_MAX], const char *name)
{
	static const char *const below[] = { "../../conf", "../etc/wanglou" };
	char dir[PATH_MAX], full[PATH_MAX + 1];

	(void)snprintf(out, PATH_MAX, "conf/%s", name);
	if (access(out, R_OK) == 0)
		return true;
	for (size_t i = 0; own_folder(dir) && i < sizeof(below) / sizeof(*below); i++)
		if (snprintf(full, sizeof(full), "%s/%s/%s", dir, below[i], name) < PATH_MAX &&
		    realpath(full, out) && access(out, R_OK) == 0)
			return true;
	(void)snprintf(out, PATH_MAX, "/etc/wanglou/%s", name);
	return access(out, R_OK) == 0;
}

int
places_probe(struct options *o, const char *path, struct err *e)
{
	char found[PATH_MAX];

	conf_defaults(options_table(), o);
	if (!path && places_config(found, "probe.yaml"))
		path = found;
	if (!path)
		return 0;
	return conf_load(options_table(), o, path, e);
}

int
places_collector(struct collector_options *o, const char *path, struct err *e)
{
	char found[PATH_MAX];

	conf_defaults(collector_options_table(), o);
	if (!path && places_config(found, "collector.yaml"))
		path = found;
	if (!path)
		return 0;
	return conf_load(collector_options_table(), o, path, e);
}
