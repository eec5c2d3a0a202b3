/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/evidence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/log.h"
#include "lib/ringfile.h"
#include "lib/writeall.h"

#define FILES_MOST 65536 /* that are remembered, to be removed one day */
#define TEMPORARY "tmp-%u"

/* A packet in memory; its bytes follow. Places count on for ever, modulo the memory. */
struct recent {
	uint64_t before; /* place of the one before in its bucket, one more; 0: none */
	uint64_t flow, ts, number;
	uint32_t caplen, wirelen;
	uint16_t linktype;
};

struct open_case {
	struct evidence_case said;
	uint64_t flow;
	uint32_t left; /* packets still wanted */
	uint16_t linktype;
	struct buf bytes;
};

struct file {
	uint64_t name, bytes;
	int64_t age;
};

struct evidence {
	struct evidence_config config;
	int dir;
	uint8_t *memory;
	uint64_t head; /* place behind the last packet */
	uint64_t *bucket;
	size_t buckets;
	struct open_case *open;
	uint32_t open_n;
	uint64_t next_due;
	struct file *file; /* oldest first, a ring */
	size_t file_at, file_n;
	uint64_t used;
	struct crypt_hash *hash;
	struct evidence_counters count;
	struct log_state disk;
};

/* ---- files ---- */

static void
name_of(char out[EVIDENCE_NAME], uint64_t alert)
{
	(void)snprintf(out, EVIDENCE_NAME, "%016llx.pcap", (unsigned long long)alert);
}

static void
file_remove(struct evidence *v)
{
	const struct file *f = &v->file[v->file_at];
	char name[EVIDENCE_NAME];

	name_of(name, f->name);
	(void)unlinkat(v->dir, name, 0);
	v->used -= f->bytes;
	v->file_at = (v->file_at + 1) % FILES_MOST;
	v->file_n--;
}

static void
file_remember(struct evidence *v, uint64_t name, uint64_t bytes, int64_t age)
{
	if (v->file_n == FILES_MOST)
		file_remove(v);
	v->file[(v->file_at + v->file_n++) % FILES_MOST] = (struct file){ name, bytes, age };
	v->used += bytes;
}

static int
by_age(const void *a, const void *b)
{
	const struct file *x = a, *y = b;
	if (x->age != y->age)
		return x->age < y->age ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* Files of earlier runs that are this worker's part. */
static void
take_over(struct evidence *v)
{
	int fd = openat(v->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct stat st;

	if (!d && fd >= 0)
		close(fd);
	for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		char name[EVIDENCE_NAME];
		uint64_t id = strtoull(e->d_name, NULL, 16);
		name_of(name, id);
		if (strcmp(name, e->d_name) != 0 || id % v->config.workers != v->config.worker ||
		    fstatat(v->dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		file_remember(v, id, st.st_nlink > 1 ? 0 : (uint64_t)st.st_size, st.st_mtime);
	}
	if (d)
		closedir(d);
	v->file_at = 0; /* more than are remembered: the ring may have turned, but it is full */
	qsort(v->file, v->file_n, sizeof(*v->file), by_age);
}

/* The file under the names of all its alerts. */
static bool
file_write(struct evidence *v, const struct open_case *c)
{
	char temporary[EVIDENCE_NAME], name[EVIDENCE_NAME];

	(void)snprintf(temporary, sizeof(temporary), TEMPORARY, v->config.worker);
	int fd = openat(v->dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write_all(fd, c->bytes.ptr, c->bytes.len);
	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	ok = ok && renameat(v->dir, temporary, v->dir, c->said.file) == 0;
	log_state_set(&v->disk, !ok, "evidence.dir %s: %s", v->config.dir, strerror(errno));
	if (!ok)
		return false;
	file_remember(v, c->said.alert[0], c->bytes.len, 0);
	for (unsigned i = 1; i < c->said.alert_n; i++) {
		name_of(name, c->said.alert[i]);
		(void)unlinkat(v->dir, name, 0);
		if (linkat(v->dir, c->said.file, v->dir, name, 0) == 0)
			file_remember(v, c->said.alert[i], 0, 0);
	}
	while (v->used > v->config.quota && v->file_n)
		file_remove(v);
	return true;
}

/* ---- recent packets ---- */

static struct recent
recent_at(const struct evidence *v, uint64_t place)
{
	struct recent r;
	memcpy(&r, v->memory + place % v->config.memory, sizeof(r));
	return r;
}

static size_t
bucket_of(const struct evidence *v, uint64_t flow)
{
	return (size_t)(flow * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (v->buckets - 1);
}

static void
keep(struct evidence *v, const struct packet *p, uint64_t flow)
{
	const struct frame *f = &p->frame;
	uint64_t *bucket = &v->bucket[bucket_of(v, flow)], memory = v->config.memory;
	size_t n = (sizeof(struct recent) + f->caplen + 7) & ~(size_t)7;
	struct recent r = { *bucket, flow, f->ts, f->number, f->caplen, f->wirelen, f->linktype };

	if (n > memory / 4)
		return;
	if (memory - v->head % memory < n) /* it does not fit before the end */
		v->head += memory - v->head % memory;
	uint8_t *at = v->memory + v->head % memory;
	memcpy(at, &r, sizeof(r));
	memcpy(at + sizeof(r), f->data, f->caplen);
	*bucket = v->head + 1;
	v->head += n;
}

static bool
is_there(const struct evidence *v, uint64_t place)
{
	return v->head - place <= v->config.memory;
}

/* ---- cases ---- */

/* The first one says what link layer the file is of; those of another are left out. */
static bool
put(struct evidence *v, struct open_case *c, const struct recent *r, const uint8_t *data)
{
	struct ringfile_record record = { r->ts, r->caplen, r->wirelen };
	uint8_t pcap[RINGFILE_PCAP], head[RINGFILE_RECORD];

	if (!c->bytes.len) {
		c->linktype = r->linktype;
		ringfile_pcap_put(pcap, r->linktype);
		buf_add(&c->bytes, pcap, sizeof(pcap));
	}
	if (c->bytes.len + RINGFILE_RECORD + r->caplen > v->config.file_bytes) {
		c->said.cut = true;
		return false;
	}
	if (r->linktype != c->linktype)
		return true;
	ringfile_record_put(head, &record);
	buf_add(&c->bytes, head, sizeof(head));
	buf_add(&c->bytes, data, r->caplen);
	if (!c->said.packets++)
		c->said.first = r->ts;
	c->said.last = r->ts;
	c->said.number = r->number;
	return true;
}

/* The last packets of the flow, oldest first. */
static void
put_recent(struct evidence *v, struct open_case *c)
{
	uint64_t place[1024], at = v->bucket[bucket_of(v, c->flow)];
	uint32_t most = v->config.before + 1 < 1024 ? v->config.before + 1 : 1024, n = 0;

	for (unsigned steps = 65536; at && is_there(v, at - 1) && n < most && steps; steps--) {
		struct recent r = recent_at(v, at - 1);
		if (r.flow == c->flow)
			place[n++] = at - 1;
		at = r.before;
	}
	while (n--) {
		struct recent r = recent_at(v, place[n]);
		if (!put(v, c, &r, v->memory + place[n] % v->config.memory + sizeof(r)))
			return;
	}
}

static void
next_due(struct evidence *v)
{
	v->next_due = UINT64_MAX;
	for (uint32_t i = 0; i < v->open_n; i++) {
		if (v->open[i].said.due < v->next_due)
			v->next_due = v->open[i].said.due;
	}
}

static void
end(struct evidence *v, struct open_case *c)
{
	crypt_hash_reset(v->hash);
	crypt_hash_add(v->hash, c->bytes.ptr, c->bytes.len);
	(void)crypt_hash_get(v->hash, CRYPT_SHA256, c->said.sha256);
	(void)crypt_hash_get(v->hash, CRYPT_SM3, c->said.sm3);
	c->said.bytes = c->bytes.len;
	if (!c->bytes.failed && file_write(v, c)) {
		v->count.files++;
		v->config.done(v->config.context, &c->said);
	} else {
		v->count.lost++;
	}
	buf_fini(&c->bytes);
	*c = v->open[--v->open_n];
	next_due(v);
}

static struct open_case *
find(struct evidence *v, uint64_t flow)
{
	for (uint32_t i = 0; i < v->open_n; i++) {
		if (v->open[i].flow == flow)
			return &v->open[i];
	}
	return NULL;
}

/* The case that is over first. */
static struct open_case *
first_due(const struct evidence *v)
{
	struct open_case *c = &v->open[0];

	for (uint32_t i = 1; i < v->open_n; i++) {
		const struct evidence_case *a = &v->open[i].said, *b = &c->said;
		if (a->due < b->due || (a->due == b->due && a->number < b->number))
			c = &v->open[i];
	}
	return c;
}

/* At the cap the one that is over first is written as it is: many alerts that do not matter take no
 * packets from one that does. */
static void
begin(struct evidence *v, uint64_t flow, const void *owner, uint64_t alert, uint64_t ts)
{
	if (v->open_n == v->config.open) {
		struct open_case *early = first_due(v);
		early->said.cut = true;
		end(v, early);
	}
	struct open_case *c = &v->open[v->open_n];
	*c = (struct open_case){ .flow = flow,
		.left = v->config.after,
		.said = { .owner = owner,
		    .alert = { alert },
		    .alert_n = 1,
		    .due = ts + v->config.after_time } };
	name_of(c->said.file, alert);
	buf_init(&c->bytes, (size_t)v->config.file_bytes);
	put_recent(v, c);
	c->said.before = c->said.packets;
	if (!c->said.packets) { /* memory does not have them any more */
		buf_fini(&c->bytes);
		v->count.lost++;
		return;
	}
	v->open_n++;
	next_due(v);
}

void
evidence_alert(
    struct evidence *v, uint64_t flow, const void *owner, uint64_t alert, const struct packet *p)
{
	struct open_case *c = find(v, flow);

	if (c && c->said.alert_n == EVIDENCE_ALERTS) { /* the next ones are named by another */
		end(v, c);
		c = NULL;
	}
	if (!c) {
		begin(v, flow, owner, alert, p->frame.ts);
		return;
	}
	c->said.alert[c->said.alert_n++] = alert;
	c->left = v->config.after;
	c->said.due = p->frame.ts + v->config.after_time;
	next_due(v);
}

void
evidence_packet(struct evidence *v, const struct packet *p, uint64_t flow, bool watched)
{
	const struct frame *f = &p->frame;
	struct open_case *c = watched ? find(v, flow) : NULL;
	struct recent r = { 0, flow, f->ts, f->number, f->caplen, f->wirelen, f->linktype };

	keep(v, p, flow);
	if (!c)
		return;
	if (f->ts >= c->said.due || !c->left || !put(v, c, &r, f->data) || !--c->left)
		end(v, c);
}

void
evidence_flow_end(struct evidence *v, uint64_t flow)
{
	struct open_case *c = v->open_n ? find(v, flow) : NULL;

	if (c)
		end(v, c);
}

void
evidence_due(struct evidence *v, uint64_t now, uint64_t number)
{
	while (v->next_due <= now) {
		struct open_case *c = first_due(v);
		if (c->said.due == now && c->said.number > number)
			return;
		end(v, c);
	}
}

struct evidence_counters
evidence_count(const struct evidence *v)
{
	return v->count;
}

/* ---- opening ---- */

struct evidence *
evidence_open(const struct evidence_config *config, struct err *e)
{
	struct evidence *v = calloc(1, sizeof(*v));
	char name[EVIDENCE_NAME];

	if (!v) {
		err_set(e, "out of memory");
		return NULL;
	}
	v->config = *config;
	v->config.memory &= ~UINT64_C(7);
	v->next_due = UINT64_MAX;
	for (v->buckets = 1024; v->buckets < config->memory / 512; v->buckets *= 2)
		;
	v->memory = malloc((size_t)v->config.memory);
	v->bucket = calloc(v->buckets, sizeof(*v->bucket));
	v->open = calloc(config->open, sizeof(*v->open));
	v->file = calloc(FILES_MOST, sizeof(*v->file));
	v->hash = crypt_hash_new(1u << CRYPT_SHA256 | 1u << CRYPT_SM3);
	v->dir = open(config->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v->dir < 0)
		err_set(e, "evidence.dir %s: %s", config->dir, strerror(errno));
	else if (!v->memory || !v->bucket || !v->open || !v->file || !v->hash)
		err_set(e, "out of memory");
	else {
		(void)snprintf(name, sizeof(name), TEMPORARY, config->worker);
		(void)unlinkat(v->dir, name, 0);
		take_over(v);
		return v;
	}
	evidence_close(v);
	return NULL;
}

void
evidence_close(struct evidence *v)
{
	if (!v)
		return;
	for (uint32_t i = 0; i < v->open_n; i++)
		buf_fini(&v->open[i].bytes);
	if (v->dir >= 0)
		close(v->dir);
	crypt_hash_free(v->hash);
	free(v->file);
	free(v->open);
	free(v->bucket);
	free(v->memory);
	free(v);
}
