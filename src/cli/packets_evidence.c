/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets around an alert, out of the probe's evidence folder: found by alert_id, checked
 * against the digests that the probe told when it wrote them.
 */
#include "packets_evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"
#include "lib/crypt.h"
#include "lib/hex.h"
#include "lib/writeall.h"
#include "places.h"
#include "show.h"

#define ID_DIGITS 16
#define PIECE (64u << 10)

/* What is known before the file is opened. */
struct known {
	char id[ID_DIGITS + 1];
	char dir[PATH_MAX], events[PATH_MAX];
	json_t *record; /* the evidence event; NULL: none was found */
};

struct sums {
	char sha256[65], sm3[65];
	uint64_t bytes;
};

static bool
is_id(const char *text)
{
	return strlen(text) == ID_DIGITS && strspn(text, "0123456789abcdef") == ID_DIGITS;
}

/* Is this the event that tells of this alert's packets? */
static bool
tells_of(const json_t *event, const char *id)
{
	const json_t *one;
	size_t i;

	json_array_foreach((json_t *)cli_at(event, "evidence.alert_ids"), i, one)
	{
		if (json_is_string(one) && strcmp(json_string_value(one), id) == 0)
			return true;
	}
	return false;
}

/* The last such line of a file of events. */
static json_t *
search_events(FILE *in, const char *id)
{
	json_t *found = NULL;
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, in) > 0) {
		if (!strstr(line, "\"alert_ids\"") || !strstr(line, id))
			continue;
		json_t *event = json_loads(line, JSON_ALLOW_NUL, NULL);
		if (!event || !tells_of(event, id)) {
			json_decref(event);
			continue;
		}
		json_decref(found);
		found = event;
	}
	free(line);
	return found;
}

static int
from_events(struct known *k, const char *path, bool must, struct err *e)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");

	if (!in)
		return must ? err_set(e, "--event %s: %s", path, strerror(errno)) : 0;
	k->record = search_events(in, k->id);
	if (in != stdin)
		(void)fclose(in);
	return 0;
}

/* By the collector's number: its alert_id, and what was told of its packets. */
static int
from_collector(const struct cli *c, struct known *k, const char *number, int *code)
{
	char path[128];
	const json_t *one;
	size_t i;

	(void)snprintf(path, sizeof(path), "/api/v1/alerts/%s", number);
	json_t *alert = client_ask(c, path, NULL, code);
	if (!alert)
		return -1;
	const char *id = cli_text_at(alert, "event.alert_id");
	if (is_id(id))
		memcpy(k->id, id, sizeof(k->id));
	json_array_foreach(json_object_get(alert, "evidence"), i, one)
	{
		if (tells_of(one, k->id) && !k->record)
			k->record = json_incref((json_t *)one);
	}
	json_decref(alert);
	return 0;
}

static int
places(struct known *k, const struct evidence_asked *a, struct err *e)
{
	struct options o;
	int rc = 0;

	if (a->dir) {
		(void)snprintf(k->dir, sizeof(k->dir), "%s", a->dir);
		return 0;
	}
	if (places_probe(&o, a->config, e) != 0)
		rc = -1;
	else if (!*o.evidence_dir)
		rc = err_set(e, "no evidence: give --evidence DIR, or set evidence.dir in the "
				"probe's settings");
	else
		(void)snprintf(k->dir, sizeof(k->dir), "%s", o.evidence_dir);
	if (rc == 0)
		(void)snprintf(k->events, sizeof(k->events), "%s", o.output_file);
	conf_clear(options_table(), &o);
	return rc;
}

/* ---- the file ---- */

/* Read it from its start: digests, and a copy to `out` when that is open. -1 with errno. */
static int
go_through(int in, int out, struct sums *s)
{
	struct crypt_hash *h = crypt_hash_new(1u << CRYPT_SHA256 | 1u << CRYPT_SM3);
	uint8_t *piece = malloc(PIECE), sha256[32], sm3[32];
	ssize_t n = -1;

	*s = (struct sums){ .bytes = 0 };
	errno = ENOMEM;
	if (h && piece && lseek(in, 0, SEEK_SET) == 0) {
		while ((n = read(in, piece, PIECE)) > 0) {
			crypt_hash_add(h, piece, (size_t)n);
			s->bytes += (uint64_t)n;
			if (out >= 0 && !write_all(out, piece, (size_t)n)) {
				n = -1;
				break;
			}
		}
	}
	if (n == 0 && crypt_hash_get(h, CRYPT_SHA256, sha256) &&
	    crypt_hash_get(h, CRYPT_SM3, sm3)) {
		hex_text(s->sha256, sha256, 32);
		hex_text(s->sm3, sm3, 32);
	}
	crypt_hash_free(h);
	free(piece);
	return n == 0 ? 0 : -1;
}

static int
open_evidence(const struct known *k, struct err *e)
{
	char path[PATH_MAX + 32];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s.pcap", k->dir, k->id);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		(void)err_set(e, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return err_set(e, "%s is no file", path);
}

/* Are these the bytes that the probe wrote? */
static int
check(const struct known *k, const struct sums *s, struct err *e)
{
	const char *sha256 = cli_text_at(k->record, "evidence.sha256");
	const char *sm3 = cli_text_at(k->record, "evidence.sm3");

	if (strcmp(sha256, s->sha256) != 0)
		return err_set(e, "%s.pcap was changed: its SHA-256 is %s, the probe told %.64s",
		    k->id, s->sha256, sha256);
	if (strcmp(sm3, s->sm3) != 0)
		return err_set(e, "%s.pcap was changed: its SM3 is %s, the probe told %.64s", k->id,
		    s->sm3, sm3);
	return 0;
}

/* The copy is checked as well: what was written is what was checked. */
static int
copy_to(int in, const char *path, const struct sums *checked, struct err *e)
{
	bool to_stdout = strcmp(path, "-") == 0;
	int out =
	    to_stdout ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct sums again;
	int rc = out < 0 ? -1 : go_through(in, out, &again);

	if (out >= 0 && !to_stdout && close(out) != 0)
		rc = -1;
	if (rc < 0)
		return err_set(e, "-w %s: %s", path, strerror(errno));
	if (strcmp(again.sha256, checked->sha256) == 0)
		return 0;
	if (!to_stdout)
		(void)unlink(path);
	return err_set(e, "the evidence changed while it was copied");
}

static void
say(const struct cli *c, const struct known *k, const struct sums *s, FILE *to)
{
	char bytes[32], packets[32];

	if (c->json) {
		json_t *o = json_pack("{ss ss sI ss ss sb}", "alert_id", k->id, "dir", k->dir,
		    "bytes", (json_int_t)s->bytes, "sha256", s->sha256, "sm3", s->sm3, "verified",
		    k->record != NULL);
		if (k->record)
			(void)json_object_set(
			    o, "evidence", json_object_get(k->record, "evidence"));
		(void)json_dumpf(o, to, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		(void)fputc('\n', to);
		json_decref(o);
		return;
	}
	cli_bytes(bytes, (long long)s->bytes);
	(void)snprintf(
	    packets, sizeof(packets), "%lld", cli_number_at(k->record, "evidence.packets", 0));
	if (k->record)
		SAY(c, to, TEXT_EVIDENCE_GOOD, packets, bytes);
	else
		SAY(c, to, TEXT_EVIDENCE_UNKNOWN, bytes);
	(void)fprintf(to, "  SHA-256 %s\n  SM3     %s\n", s->sha256, s->sm3);
}

static int
fetch(const struct cli *c, const struct evidence_asked *a, struct known *k, struct err *e)
{
	struct sums s;
	int fd;

	if (!k->record && !a->unverified)
		return err_set(e,
		    "nobody tells the digests of %s.pcap: give --event FILE with the probe's "
		    "events, "
		    "or the collector's number of the alert; --unverified takes it as it is",
		    k->id);
	if ((fd = open_evidence(k, e)) < 0)
		return -1;
	int rc = go_through(fd, -1, &s);
	if (rc < 0)
		(void)err_set(e, "%s.pcap: %s", k->id, strerror(errno));
	if (rc == 0 && k->record)
		rc = check(k, &s, e);
	if (rc == 0 && a->out)
		rc = copy_to(fd, a->out, &s, e);
	close(fd);
	if (rc == 0)
		say(c, k, &s, a->out && strcmp(a->out, "-") == 0 ? stderr : stdout);
	return rc;
}

int
packets_evidence(const struct cli *c, const struct evidence_asked *a)
{
	struct known k = { .record = NULL };
	int code = CLI_USAGE, rc = -1;
	struct err e = { "" };

	if (is_id(a->alert))
		memcpy(k.id, a->alert, sizeof(k.id));
	else if (!cli_is_number(a->alert))
		(void)err_set(&e,
		    "--alert: \"%s\" is neither an alert_id (16 hex digits) nor the "
		    "collector's number of an alert",
		    a->alert);
	else if (from_collector(c, &k, a->alert, &code) == 0 && !*k.id)
		(void)err_set(&e, "alert %s has no alert_id", a->alert);
	if (*k.id && crypt_init(&e) == 0 && places(&k, a, &e) == 0 &&
	    (k.record || !a->event || from_events(&k, a->event, true, &e) == 0)) {
		if (!k.record && !a->event && *k.events && strcmp(k.events, "-") != 0)
			(void)from_events(&k, k.events, false, &e);
		code = CLI_FAILED;
		rc = fetch(c, a, &k, &e);
	}
	json_decref(k.record);
	if (rc == 0)
		return CLI_WELL;
	if (*e.text)
		cli_complain("%s", e.text);
	return code;
}
