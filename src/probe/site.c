/* SPDX-License-Identifier: Apache-2.0 */
/* The signed bundle, and what a site changes in rules: see include/probe/site.h. */
#include "probe/site.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT "bundle.version"

/* Its files by how they are used; classes are found when a load asks. */
static int
sort_files(struct site *s)
{
	size_t n = s->bundle.n;

	s->text = calloc(n, sizeof(*s->text));
	s->data = calloc(n, sizeof(*s->data));
	s->listed = calloc(n, sizeof(*s->listed));
	if (!s->text || !s->data || !s->listed)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct bundle_file *f = &s->bundle.file[i];
		const struct match_text t = { f->name, f->data };
		if (f->kind == BUNDLE_RULES)
			s->text[s->text_n++] = t;
		else if (f->kind == BUNDLE_LIST)
			s->data[s->data_n++] = t;
		else if (f->kind == BUNDLE_INDICATORS)
			s->listed[s->listed_n++] = (struct lists_bytes){ f->name, f->data };
	}
	return 0;
}

static int
open_bundle(struct site *s, const struct options *o, uint64_t in_use, struct err *e)
{
	struct keys_pair key;
	unsigned long long least = o->rules_bundle_least, version;

	if (keys_load_signer(&key, o->rules_bundle_key, false, e) < 0 ||
	    bundle_open(&s->bundle, o->rules_bundle, &key, e) != 0)
		return -1;
	version = s->bundle.version;
	if (version < least)
		return err_set(e, "%s: version %llu is older than rules.bundle-least, %llu",
		    o->rules_bundle, version, least);
	if (version < in_use && !o->rules_bundle_older)
		return err_set(e,
		    "%s: version %llu is older than %llu, which is in use (rules.bundle-older: yes "
		    "takes it)",
		    o->rules_bundle, version, (unsigned long long)in_use);
	return sort_files(s) == 0 ? 0 : err_set(e, "out of memory");
}

int
site_kept(const struct options *o, uint64_t *version, struct err *e)
{
	char path[PATH_MAX];
	unsigned long long n;

	*version = 0;
	if (!*o->rules_bundle || !*o->rules_bundle_dir)
		return 0;
	(void)snprintf(path, sizeof(path), "%s/%s", o->rules_bundle_dir, KEPT);
	FILE *f = fopen(path, "re");
	if (!f && errno == ENOENT)
		return 0;
	if (!f)
		return err_set(e, "%s: %s", path, strerror(errno));
	int rc = fscanf(f, "%19llu", &n) == 1
		     ? 0
		     : err_set(e, "%s: found no version of a bundle; without the file any is taken",
			   path);
	(void)fclose(f);
	*version = rc == 0 ? n : 0;
	return rc;
}

int
site_keep(const struct options *o, uint64_t version, struct err *e)
{
	char path[PATH_MAX], fresh[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", o->rules_bundle_dir, KEPT);
	(void)snprintf(fresh, sizeof(fresh), "%s/%s.part", o->rules_bundle_dir, KEPT);
	FILE *f = fopen(fresh, "we");
	if (!f)
		return err_set(e, "%s: %s", fresh, strerror(errno));
	bool good = fprintf(f, "%llu\n", (unsigned long long)version) > 0 && fflush(f) == 0 &&
		    fsync(fileno(f)) == 0;
	good = fclose(f) == 0 && good && rename(fresh, path) == 0;
	return good ? 0 : err_set(e, "%s: %s", path, strerror(errno));
}

int
site_open(struct site *s, const struct options *o, uint64_t in_use, match_manage_problem problem,
    void *context, struct err *e)
{
	const char *const files[MATCH_MANAGE_FILES] = { [MATCH_MANAGE_DISABLE] = o->rules_disable,
		[MATCH_MANAGE_ENABLE] = o->rules_enable,
		[MATCH_MANAGE_DROP] = o->rules_drop,
		[MATCH_MANAGE_MODIFY] = o->rules_modify };

	*s = (struct site){ 0 };
	if (*o->rules_bundle && open_bundle(s, o, in_use, e) != 0) {
		site_close(s);
		return -1;
	}
	s->manage = match_manage_new(files, problem, context);
	return 0;
}

void
site_into(const struct site *s, struct match_load *load)
{
	load->manage = s->manage;
	load->text = s->text;
	load->text_n = s->text_n;
	load->data = s->data;
	load->data_n = s->data_n;
	for (size_t i = 0; i < s->bundle.n; i++)
		if (s->bundle.file[i].kind == BUNDLE_CLASSES)
			load->classes = s->bundle.file[i].data;
}

void
site_lists(const struct site *s, struct lists_load *load)
{
	load->memory = s->listed;
	load->memory_n = s->listed_n;
}

struct match_reputation_files
site_reputation(const struct options *o)
{
	return (struct match_reputation_files){ .categories = o->rules_categories,
		.file = (const char *const *)o->rules_reputation.item,
		.n = o->rules_reputation.n,
		.dir = o->rules_reputation_dir,
		.most = o->rules_reputation_max };
}

void
site_close(struct site *s)
{
	match_manage_free(s->manage);
	bundle_close(&s->bundle);
	free(s->text);
	free(s->data);
	free(s->listed);
	*s = (struct site){ 0 };
}
