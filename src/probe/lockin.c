/* SPDX-License-Identifier: Apache-2.0 */
#include "lockin.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mkdirs.h"
#include "lib/sandbox.h"

#define PATHS 256

/* Folders and files a process may reach; copies, since dirname writes. */
struct paths {
	char *item[PATHS];
	size_t n;
};

static void
add(struct paths *p, const char *path, bool folder_of)
{
	char copy[4096];

	if (!path || !*path || p->n == PATHS)
		return;
	snprintf(copy, sizeof(copy), "%s", path);
	const char *text = folder_of ? dirname(copy) : copy;
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->item[i], text) == 0)
			return;
	if ((p->item[p->n] = strdup(text)))
		p->n++;
}

static void
clear(struct paths *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->item[i]);
	p->n = 0;
}

/* Replay as root stays root without its powers: the captures may be anyone's. Live always becomes
 * somebody else. */
static const char *
user(const struct arguments *a)
{
	if (*a->options.probe_user)
		return a->options.probe_user;
	return a->read || geteuid() != 0 ? "" : "nobody";
}

static int
make_folder(const char *what, const char *dir, uid_t uid, gid_t gid, struct err *e)
{
	if (mkdirs(dir, 0755, 0700) != 0 || (geteuid() == 0 && chown(dir, uid, gid) != 0))
		return err_set(e, "%s %s: %s", what, dir, strerror(errno));
	return 0;
}

static int
make_file(const char *path, uid_t uid, gid_t gid, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0)
		return err_set(e, "%s: cannot open for writing: %s", path, strerror(errno));
	int r = geteuid() == 0 ? fchown(fd, uid, gid) : 0;
	close(fd);
	return r == 0 ? 0 : err_set(e, "%s: %s", path, strerror(errno));
}

/* Rotation by renaming needs a new file from a process that is not root any more. */
static void
warn_of_folder(const char *path, const char *name, uid_t uid, gid_t gid)
{
	char copy[4096];
	struct stat st;

	snprintf(copy, sizeof(copy), "%s", path);
	const char *folder = dirname(copy);
	if (uid == 0 || geteuid() != 0 || stat(folder, &st) != 0)
		return;
	mode_t need = st.st_uid == uid ? S_IWUSR : st.st_gid == gid ? S_IWGRP : S_IWOTH;
	if (!(st.st_mode & need))
		log_warn("%s: user %s may not make files here; after a rotation make the new event "
			 "file for it",
		    folder, name);
}

int
lockin_prepare(const struct arguments *a, struct err *e)
{
	const char *name = user(a);
	const struct passwd *pw = *name ? getpwnam(name) : NULL;
	uid_t uid = pw ? pw->pw_uid : geteuid();
	gid_t gid = pw ? pw->pw_gid : getegid();

	if (*name && !pw)
		return err_set(e, "probe.user: there is no user \"%s\"", name);
	if (*a->options.ship_endpoint &&
	    make_folder("spool.dir", a->options.spool_dir, uid, gid, e) != 0)
		return -1;
	if (*a->options.ring_dir && make_folder("ring.dir", a->options.ring_dir, uid, gid, e) != 0)
		return -1;
	if (*a->options.rules_cache &&
	    make_folder("rules.cache-dir", a->options.rules_cache, uid, gid, e) != 0)
		return -1;
	if (*a->options.rules_bundle_dir &&
	    make_folder("rules.bundle-dir", a->options.rules_bundle_dir, uid, gid, e) != 0)
		return -1;
	if (*a->options.evidence_dir &&
	    make_folder("evidence.dir", a->options.evidence_dir, uid, gid, e) != 0)
		return -1;
	if (*a->options.files_store &&
	    make_folder("files.store-dir", a->options.files_store, uid, gid, e) != 0)
		return -1;
	if (*a->options.datasets_dir &&
	    make_folder("datasets.dir", a->options.datasets_dir, uid, gid, e) != 0)
		return -1;
	if (!*a->event_file || strcmp(a->event_file, "-") == 0)
		return 0;
	warn_of_folder(a->event_file, name, uid, gid);
	return make_file(a->event_file, uid, gid, e);
}

static int
enter(const struct arguments *a, const char *profile, struct paths *ro, struct paths *rw,
    struct err *e)
{
	struct sandbox_config config = { .profile = profile,
		.user = user(a),
		.ro = (const char *const *)ro->item,
		.ro_n = ro->n,
		.rw = (const char *const *)rw->item,
		.rw_n = rw->n };
	struct sandbox_report report;
	char text[SANDBOX_TEXT];
	int r = 0;

	if (a->options.probe_sandbox && (r = sandbox_enter(&config, &report, e)) == 0) {
		sandbox_text(&report, text);
		log_debug("%s process: %s", profile, text);
	}
	clear(ro);
	clear(rw);
	return r;
}

static void
add_reputation(struct paths *ro, const struct options *o)
{
	add(ro, o->rules_categories, true);
	if (o->rules_reputation.n)
		add(ro, o->rules_reputation_dir, false);
	for (size_t i = 0; i < o->rules_reputation.n; i++)
		if (o->rules_reputation.item[i][0] == '/')
			add(ro, o->rules_reputation.item[i], true);
}

int
lockin_packets(const struct arguments *a, struct err *e)
{
	/* libmagic's patterns */
	static const char *const magic[] = { "/usr/share/misc", "/usr/lib/file",
		"/usr/share/file" };
	const struct options *o = &a->options;
	struct paths ro = { .n = 0 }, rw = { .n = 0 };

	for (size_t i = 0; i < o->rules_files.n; i++)
		add(&ro, o->rules_files.item[i], true);
	for (size_t i = 0; i < o->lists_files.n; i++)
		add(&ro, o->lists_files.item[i], true);
	for (size_t i = 0; i < o->learn_geo.n; i++)
		add(&ro, o->learn_geo.item[i], true);
	for (size_t i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
		if (access(magic[i], R_OK) == 0)
			add(&ro, magic[i], false);
	add(&ro, o->learn_segments, true);
	add(&ro, o->rules_classification, true);
	add(&ro, o->rules_threshold, true);
	add_reputation(&ro, o);
	add(&ro, o->rules_disable, true);
	add(&ro, o->rules_enable, true);
	add(&ro, o->rules_drop, true);
	add(&ro, o->rules_modify, true);
	add(&ro, o->rules_bundle, true);
	if (*o->rules_bundle) /* the file only: secret keys may lie beside it */
		add(&ro, o->rules_bundle_key, false);
	add(&ro, o->identify_protocols, true);
	add(&ro, o->identify_categories, true);
	add(&ro, o->mask_key, true);
	if (a->read && strcmp(a->read, "-") != 0)
		add(&ro, a->read, false);
	if (*o->ship_endpoint)
		add(&rw, o->spool_dir, false);
	add(&rw, o->ring_dir, false);
	add(&rw, o->rules_cache, false);
	add(&rw, o->rules_bundle_dir, false);
	add(&rw, o->files_store, false);
	add(&rw, o->evidence_dir, false);
	add(&rw, o->datasets_dir, false);
	if (*a->event_file && strcmp(a->event_file, "-") != 0)
		add(&rw, a->event_file, true);
	return enter(a, "capture", &ro, &rw, e);
}

int
lockin_ship(const struct arguments *a, struct err *e)
{
	struct paths ro = { .n = 0 }, rw = { .n = 0 };

	add(&ro, "/etc", false); /* names of collectors: hosts, resolv.conf, nsswitch.conf */
	add(&rw, a->options.spool_dir, false);
	return enter(a, "ship", &ro, &rw, e);
}
