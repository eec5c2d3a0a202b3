/* SPDX-License-Identifier: Apache-2.0 */
#include "foreign.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

/* The first row that fits; without a name of ours the setting has no meaning here. What a star at
 * both ends stands for is kept. */
static const struct {
	const char *theirs; /* a pattern */
	const char *ours;
} names[] = {
	{ "stream.midstream", "flow.midstream" },
	{ "stream.reassembly.depth", "stream.depth" },
	{ "stream.checksum-validation", "capture.checksum-validation" },
	{ "exception-policy", "flow.midstream-policy" }, /* the one exception we have it for */
	{ "stream.async-oneside", "flow.one-sided" },
	{ "stream.reassembly.urgent.policy", "stream.urgent" },
	{ "stream.midstream-policy", "flow.midstream-policy" },
	{ "stream.bypass", "stream.bypass" },
	{ "app-layer.protocols.*.max-tx", "l7.max-transactions" },
	{ "app-layer.protocols.http.libhtp.default-config.response-body-limit",
	    "l7.http-body-limit" },
	{ "app-layer.protocols.*", NULL }, /* every protocol is on */
	{ "decoder.recursion-level.use-for-tracking", "flow.tenant-in-key" },
	{ "decoder.*.enabled", NULL },
	{ "outputs.*.eve-log.types.*.alert.reference", "output.references" },
	{ "outputs.*.types.*.frame.enabled", "output.frames" },
	{ "outputs.*", NULL },
	{ "stats.*", NULL },
	{ "detect.*", NULL },
	{ "threshold-file", "rules.threshold-file" },
	{ "reputation-categories-file", "rules.reputation-categories-file" },
	{ "default-reputation-path", "rules.reputation-path" },
	{ "reputation-files", "rules.reputation-files" },
	{ "reputation-files.0", "rules.reputation-files" },
	{ "datasets.enabled", NULL }, /* they always are */
	{ "datasets.save-directory", NULL },
	{ "datasets.defaults.*", NULL },
	{ "datasets.rules.*", NULL },
	{ "datasets.limits.*", NULL },
	{ "datasets.dir", "datasets.dir" },
	{ "datasets.save-every", "datasets.save-every" },
	{ "datasets.sets.*", "datasets.sets.*" },
	{ "datasets.*", "datasets.sets.*" },
	{ "containers.*", NULL },
	{ "ippair.*", NULL },
	{ "flow.hash-size", NULL },
	{ "packet-alert-max", NULL },
	{ "runmode", NULL },
	{ "mpm-algo", NULL },
	{ "spm-algo", NULL },
};

/* Words that have another name here, or mean what one of ours does for a probe that is passive. */
static const struct {
	const char *ours; /* the setting */
	const char *theirs, *word;
} words[] = {
	{ "flow.midstream-policy", "auto", "ignore" },
	{ "stream.urgent", "oob", "apart" },
};

static const char *
word_of(const char *ours, const char *value)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].ours, ours) == 0 && strcmp(words[i].theirs, value) == 0)
			return words[i].word;
	}
	return value;
}

enum foreign
foreign_setting(const char *assignment, char *out, size_t n)
{
	const char *equal = strchr(assignment, '=');
	char key[256];

	if (!equal || (size_t)(equal - assignment) >= sizeof(key))
		return FOREIGN_NOT;
	(void)snprintf(key, sizeof(key), "%.*s", (int)(equal - assignment), assignment);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (fnmatch(names[i].theirs, key, 0) != 0)
			continue;
		if (!names[i].ours)
			return FOREIGN_NOTHING;
		size_t stem = strcspn(names[i].ours, "*");
		const char *rest = names[i].ours[stem] ? key + strcspn(names[i].theirs, "*") : "";
		int len = snprintf(out, n, "%.*s%s=%s", (int)stem, names[i].ours, rest,
		    word_of(names[i].ours, equal + 1));
		return len > 0 && (size_t)len < n ? FOREIGN_SAME : FOREIGN_NOT;
	}
	return FOREIGN_NOT;
}
