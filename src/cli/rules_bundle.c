/* SPDX-License-Identifier: Apache-2.0 */
/* rules bundle and verify: rules and lists as one signed file, for networks that nothing else
 * reaches. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "probe/bundle.h"
#include "rules.h"

struct pack {
	struct bundle b;
	char **path;
	bool indicators; /* what is added is lists of these */
};

/* What the lists of a bundle come to. */
struct listed {
	size_t files;
	struct lists_summary sum;
};

static void
add(struct pack *p, const char *path, const char *name)
{
	enum bundle_kind kind = p->indicators ? BUNDLE_INDICATORS : bundle_kind_of(name);
	p->b.file = reallocarray(p->b.file, p->b.n + 1, sizeof(*p->b.file));
	p->path = reallocarray(p->path, p->b.n + 1, sizeof(*p->path));
	if (!p->b.file || !p->path || !(p->path[p->b.n] = strdup(path)))
		abort();
	p->b.file[p->b.n] = (struct bundle_file){ .name = strdup(name), .kind = (uint8_t)kind };
	if (!p->b.file[p->b.n++].name)
		abort();
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Files of a folder by name, without those that are hidden; folders in it are left out. */
static void
add_folder(struct pack *p, const char *dir)
{
	struct dirent **list;
	char path[PATH_MAX];
	struct stat st;
	int n = scandir(dir, &list, NULL, by_name);

	for (int i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		if (list[i]->d_name[0] != '.' && stat(path, &st) == 0 && S_ISREG(st.st_mode))
			add(p, path, list[i]->d_name);
		free(list[i]);
	}
	if (n >= 0)
		free((void *)list);
}

static void
add_operand(struct pack *p, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		add_folder(p, path);
	else
		add(p, path, slash ? slash + 1 : path);
}

static void
pack_free(struct pack *p)
{
	for (size_t i = 0; i < p->b.n; i++)
		free(p->path[i]);
	free(p->path);
	bundle_close(&p->b);
}

/* ---- lists of indicators ---- */

static void
on_list(void *context, const char *file, unsigned line, const char *reason)
{
	(void)context;
	if (line)
		cli_complain("%s:%u: %s", file, line, reason);
	else
		cli_complain("%s: %s", file, reason);
}

/* Read them as the probe would, from disk (path) or out of an open bundle; what it would not
 * understand is said now. -1: memory is out. */
static int
read_lists(const struct bundle *b, char *const *path, struct listed *out)
{
	const char **file = calloc(b->n + 1, sizeof(*file));
	struct lists_bytes *memory = calloc(b->n + 1, sizeof(*memory));
	struct lists_load load = { .files = file,
		.memory = memory,
		.max = UINT32_MAX,
		.seed = HASH_KEY_FIXED,
		.problem = on_list };
	struct err e = { "out of memory" };
	struct lists *lists = NULL;

	*out = (struct listed){ 0 };
	for (size_t i = 0; file && memory && i < b->n; i++) {
		if (b->file[i].kind != BUNDLE_INDICATORS)
			continue;
		out->files++;
		if (path)
			file[load.file_n++] = path[i];
		else
			memory[load.memory_n++] =
			    (struct lists_bytes){ b->file[i].name, b->file[i].data };
	}
	if (file && memory && !(lists = lists_load(&load, &out->sum, &e)))
		cli_complain("%s", e.text);
	int rc = lists ? 0 : -1;
	lists_free(lists);
	free((void *)file);
	free(memory);
	return rc;
}

static bool
is_day(const char *text)
{
	static const char like[] = "0000-00-00";
	size_t i = 0;
	for (; text[i] && like[i]; i++) {
		if (like[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return false;
	}
	return !text[i] && !like[i];
}

static void
print_listed(const struct cli *c, const struct listed *l)
{
	char entries[32], refused[32];

	(void)snprintf(entries, sizeof(entries), "%llu", (unsigned long long)l->sum.entries);
	(void)snprintf(refused, sizeof(refused), "%llu", (unsigned long long)l->sum.refused);
	if (l->files)
		SAY(c, stdout, TEXT_BUNDLE_INDICATORS, entries, refused);
}

static void
print_bundle(const struct cli *c, const struct bundle *b, const struct listed *l)
{
	const char *headings[] = { text_of(c, TEXT_NAME), text_of(c, TEXT_KIND),
		text_of(c, TEXT_COST_BYTES), "SHA-256" };
	struct table *t = table_new(headings, 4, 0);
	char text[80], version[32];

	for (size_t i = 0; i < b->n; i++) {
		const struct bundle_file *f = &b->file[i];
		table_cell(t, f->name);
		table_cell(t, bundle_kind_name(f->kind));
		(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)f->size);
		table_cell(t, text);
		for (size_t k = 0; k < 8; k++)
			(void)snprintf(text + 2 * k, 3, "%02x", f->digest[k]);
		table_cell(t, text);
	}
	table_print(t, c, stdout);
	table_free(t);
	print_listed(c, l);
	(void)snprintf(
	    version, sizeof(version), "%llu (%s)", (unsigned long long)b->version, b->created);
	SAY(c, stdout, TEXT_BUNDLE_IS, b->name, version, b->signer);
}

static void
print_json(const struct bundle *b, const struct listed *l)
{
	json_t *files = json_array();
	for (size_t i = 0; i < b->n; i++)
		(void)json_array_append_new(files,
		    json_pack("{ss ss sI}", "name", b->file[i].name, "kind",
			bundle_kind_name(b->file[i].kind), "bytes", (json_int_t)b->file[i].size));
	json_t *all = json_pack("{ss sI ss ss so}", "name", b->name, "version",
	    (json_int_t)b->version, "created", b->created, "signer", b->signer, "files", files);
	if (l->files)
		(void)json_object_set_new(all, "indicators",
		    json_pack("{sI sI}", "entries", (json_int_t)l->sum.entries, "refused",
			(json_int_t)l->sum.refused));
	cli_print_json(all);
	json_decref(all);
}

struct how {
	const char *out, *key, *version, *date, *name;
};

static int
write_bundle(const struct cli *c, struct pack *p, const struct how *h)
{
	struct keys_pair key;
	struct listed listed;
	struct err e = { "" };
	time_t now = time(NULL);
	struct tm t;

	(void)strftime(p->b.created, sizeof(p->b.created), "%Y-%m-%d", gmtime_r(&now, &t));
	if (h->date)
		(void)snprintf(p->b.created, sizeof(p->b.created), "%s", h->date);
	(void)snprintf(p->b.name, sizeof(p->b.name), "%s", h->name ? h->name : "rules");
	p->b.version = strtoull(h->version, NULL, 10);
	if (read_lists(&p->b, p->path, &listed) != 0)
		return CLI_FAILED;
	int rc = keys_load_signer(&key, h->key, true, &e);
	if (rc == 0)
		rc = bundle_write(&p->b, (const char *const *)p->path, &key, h->out, &e);
	keys_wipe(&key);
	if (rc != 0) {
		cli_complain("%s", e.text);
		return CLI_FAILED;
	}
	if (c->json)
		print_json(&p->b, &listed);
	else
		print_bundle(c, &p->b, &listed);
	return CLI_WELL;
}

int
rules_bundle(const struct cli *c, int argc, char **argv)
{
	struct how h = { 0 };
	struct pack p = { 0 };
	struct cli_option rows[] = { { "-o", &h.out, NULL }, { "--key", &h.key, NULL },
		{ "--version", &h.version, NULL }, { "--date", &h.date, NULL },
		{ "--name", &h.name, NULL } };
	char *lists[RULES_TAKE_MAX];
	int lists_n = 0;
	argc = rules_take(argc, argv, "--lists", lists, &lists_n);
	int n = cli_options(c, argc, argv, rows, 5);

	if (n < 0 || n + lists_n < 1 || !h.out || !h.key || !h.version ||
	    !cli_is_number(h.version) || (h.date && !is_day(h.date)) ||
	    (h.name && (strchr(h.name, '\n') || strlen(h.name) >= KEYS_NAME)))
		return n < 0 ? CLI_USAGE : rules_usage(c, "bundle");
	for (int i = 0; i < n; i++)
		add_operand(&p, argv[i]);
	p.indicators = true;
	for (int i = 0; i < lists_n; i++)
		add_operand(&p, lists[i]);
	int code = write_bundle(c, &p, &h);
	pack_free(&p);
	return code;
}

/* The files below a folder; what is there already stays. */
static int
put_files(const struct bundle *b, const char *dir)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < b->n; i++) {
		const struct bundle_file *f = &b->file[i];
		(void)snprintf(path, sizeof(path), "%s/%s", dir, f->name);
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		bool good = fd >= 0 && write(fd, f->data.ptr, f->data.len) == (ssize_t)f->data.len;
		int why = errno;
		if (fd >= 0)
			good = close(fd) == 0 && good;
		if (good)
			continue;
		cli_complain("%s: %s", path, strerror(why));
		return CLI_FAILED;
	}
	return CLI_WELL;
}

int
rules_verify(const struct cli *c, int argc, char **argv)
{
	const char *config = NULL, *key_file = NULL, *into = NULL;
	struct cli_option rows[] = { { "-c", &config, NULL }, { "--key", &key_file, NULL },
		{ "--into", &into, NULL } };
	int n = cli_options(c, argc, argv, rows, 3);
	struct rules_source s = { 0 };
	struct keys_pair key;
	struct bundle b = { 0 };
	struct listed listed = { 0 };
	struct err e = { "" };

	if (n != 1)
		return n < 0 ? CLI_USAGE : rules_usage(c, "verify");
	int code = rules_settings(&s, config);
	if (!code &&
	    (keys_load_signer(&key, key_file ? key_file : s.o.rules_bundle_key, false, &e) ||
		bundle_open(&b, argv[0], &key, &e))) {
		cli_complain("%s", e.text);
		code = CLI_FAILED;
	}
	if (!code && read_lists(&b, NULL, &listed) != 0)
		code = CLI_FAILED;
	if (!code && c->json)
		print_json(&b, &listed);
	else if (!code)
		print_bundle(c, &b, &listed);
	if (!code && into)
		code = put_files(&b, into);
	bundle_close(&b);
	rules_close(&s);
	return code;
}
