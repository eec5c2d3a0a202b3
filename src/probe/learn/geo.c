/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Country and ASN from MaxMind databases. Both schemas in use are read: nested (country.iso_code,
 * GeoLite2) and flat (country_code, DB-IP). Format: maxmind.github.io/MaxMind-DB.
 */
#include <arpa/inet.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "parts.h"

/* Names of a path and the NULL behind them. */
#define PATH_PARTS 3

struct database {
	MMDB_s mmdb;
	const char *file;
	atomic_bool broken; /* found out while reading; said once */
};

struct geo {
	struct database *db;
	size_t n;
	char *names; /* copies of the file names, one after the other */
};

static const char *const country_paths[][PATH_PARTS] = {
	{ "country", "iso_code", NULL },
	{ "country_code", NULL, NULL },
	{ "registered_country", "iso_code", NULL },
};

static const char *const asn_path[PATH_PARTS] = { "autonomous_system_number", NULL, NULL };
static const char *const org_path[PATH_PARTS] = { "autonomous_system_organization", NULL, NULL };

/* First bytes and length of what is never looked up, IPv4. */
static const struct {
	uint8_t b[4];
	uint8_t len;
} special_rows[] = {
	{ { 0 }, 8 },
	{ { 10 }, 8 },
	{ { 100, 64 }, 10 },
	{ { 127 }, 8 },
	{ { 169, 254 }, 16 },
	{ { 172, 16 }, 12 },
	{ { 192, 0, 0 }, 24 },
	{ { 192, 0, 2 }, 24 },
	{ { 192, 168 }, 16 },
	{ { 198, 18 }, 15 },
	{ { 198, 51, 100 }, 24 },
	{ { 203, 0, 113 }, 24 },
	{ { 224 }, 3 },
};

bool
geo_special(const struct addr *a, uint8_t ver)
{
	const uint8_t *b = a->b;
	if (ver == 6) {
		bool global = (b[0] & 0xe0) == 0x20; /* 2000::/3 is all there is */
		bool documentation = b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8;
		return !global || documentation;
	}
	for (size_t i = 0; i < sizeof(special_rows) / sizeof(special_rows[0]); i++) {
		struct prefix p = { .ver = 4, .len = special_rows[i].len };
		memcpy(p.addr.b, special_rows[i].b, 4);
		if (prefix_has(&p, a, ver))
			return true;
	}
	return false;
}

static void
condemn(struct database *db, int status)
{
	if (!atomic_exchange(&db->broken, true))
		log_warn(
		    "geo database %s is damaged and left out: %s", db->file, MMDB_strerror(status));
}

/* Value at a path of the record, of the wanted type; false when absent. */
static bool
value_at(struct database *db, MMDB_entry_s *entry, const char *const *path, uint32_t type,
    MMDB_entry_data_s *out)
{
	int status = MMDB_aget_value(entry, out, path);
	if (status == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR)
		return false;
	if (status != MMDB_SUCCESS) {
		condemn(db, status);
		return false;
	}
	return out->has_data && out->type == type;
}

static void
read_country(struct database *db, MMDB_entry_s *entry, struct learn_geo *out)
{
	for (size_t i = 0; i < sizeof(country_paths) / sizeof(country_paths[0]); i++) {
		MMDB_entry_data_s v;
		if (!value_at(db, entry, country_paths[i], MMDB_DATA_TYPE_UTF8_STRING, &v) ||
		    v.data_size != 2)
			continue;
		const char *s = v.utf8_string;
		if (s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z')
			continue;
		memcpy(out->country, s, 2);
		return;
	}
}

/* Cut before a character that would not fit whole. */
static void
copy_utf8(char *out, size_t room, const char *text, size_t n)
{
	if (n > room - 1) {
		n = room - 1;
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(out, text, n);
	out[n] = 0;
}

static void
read_asn(struct database *db, MMDB_entry_s *entry, struct learn_geo *out)
{
	MMDB_entry_data_s v;
	if (!value_at(db, entry, asn_path, MMDB_DATA_TYPE_UINT32, &v))
		return;
	out->asn = v.uint32;
	if (value_at(db, entry, org_path, MMDB_DATA_TYPE_UTF8_STRING, &v))
		copy_utf8(out->as_org, sizeof(out->as_org), v.utf8_string, v.data_size);
}

static void
read_database(struct database *db, const struct sockaddr *sa, struct learn_geo *out)
{
	int status = MMDB_SUCCESS;
	MMDB_lookup_result_s r = MMDB_lookup_sockaddr(&db->mmdb, sa, &status);
	if (status == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR)
		return;
	if (status != MMDB_SUCCESS) {
		condemn(db, status);
		return;
	}
	if (!r.found_entry)
		return;
	if (!out->country[0])
		read_country(db, &r.entry, out);
	if (!out->asn)
		read_asn(db, &r.entry, out);
}

bool
geo_find(const struct geo *g, const struct addr *a, uint8_t ver, struct learn_geo *out)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	memcpy(&v4.sin_addr, a->b, 4);
	memcpy(&v6.sin6_addr, a->b, 16);
	const struct sockaddr *sa =
	    ver == 6 ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4;
	for (size_t i = 0; i < g->n; i++)
		if (!atomic_load_explicit(&g->db[i].broken, memory_order_relaxed))
			read_database(&g->db[i], sa, out);
	return out->country[0] || out->asn;
}

/* Look a few addresses up, so that damage is found at start and not in the middle of the night. */
static bool
sound(struct database *db)
{
	static const char *const samples[] = { "1.1.1.1", "8.8.8.8", "81.2.69.160",
		"114.114.114.114", "202.96.128.86", "2001:4860:4860::8888", "2400:3200::1",
		"2a02:cf40::1" };
	struct geo one = { .db = db, .n = 1 };
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]) && !db->broken; i++) {
		struct addr a;
		struct learn_geo found = { 0 };
		uint8_t ver = addr_parse(samples[i], &a);
		geo_find(&one, &a, ver, &found);
	}
	return !db->broken;
}

static bool
open_one(struct geo *g, const char *file)
{
	struct database *db = &g->db[g->n];
	db->file = file;
	atomic_init(&db->broken, false);
	int status = MMDB_open(file, MMDB_MODE_MMAP, &db->mmdb);
	if (status != MMDB_SUCCESS) {
		log_warn("geo database %s cannot be read: %s", file, MMDB_strerror(status));
		return false;
	}
	if (!sound(db)) {
		MMDB_close(&db->mmdb);
		return false;
	}
	g->n++;
	return true;
}

struct geo *
geo_new(const char *const *files, size_t n, unsigned *bad)
{
	size_t room = 1;
	for (size_t i = 0; i < n; i++)
		room += strlen(files[i]) + 1;
	struct geo *g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->db = calloc(n ? n : 1, sizeof(*g->db));
	g->names = malloc(room);
	if (!g->db || !g->names) {
		geo_free(g);
		return NULL;
	}
	char *name = g->names;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(files[i]) + 1;
		memcpy(name, files[i], len);
		if (!open_one(g, name))
			(*bad)++;
		name += len;
	}
	return g;
}

void
geo_free(struct geo *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n; i++)
		MMDB_close(&g->db[i].mmdb);
	free(g->db);
	free(g->names);
	free(g);
}
