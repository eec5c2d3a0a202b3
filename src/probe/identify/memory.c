/* SPDX-License-Identifier: Apache-2.0 */
/* identify: see memory.h. */
#define NDPI_LIB_COMPILATION /* the header then shows the module's members */
#include "memory.h"

#include <stdlib.h>

#include "behind.h"

/*
 * From 4.4 on the functions below take other arguments, version by version; 4.10 and later share
 * tables through a global context of their own (ndpi-api, g_ctx).
 */
#if !NDPI_AT_LEAST(4, 4)
#define MEMORY_SHARED 1
#endif

#ifdef MEMORY_SHARED

/* As large as the library makes them (seen by calling it): a smaller one would forget sooner. */
#define TABLES(X)                                                                                  \
	X(ookla_cache, 1024)                                                                       \
	X(bittorrent_cache, 32768)                                                                 \
	X(zoom_cache, 512)                                                                         \
	X(stun_cache, 1024)                                                                        \
	X(tls_cert_cache, 1024)                                                                    \
	X(mining_cache, 1024)                                                                      \
	X(msteams_cache, 1024)

/* Tinc has a table of another kind; its functions are exported, but in no header. */
#define TINC_ENTRIES TINC_CACHE_MAX_SIZE
struct cache *
cache_new(uint32_t entries);
void
cache_free(struct cache *c);
int
cache_add(struct cache *c, void *item, uint32_t size);
int
cache_contains(struct cache *c, void *item, uint32_t size);
int
cache_remove(struct cache *c, void *item, uint32_t size);

struct identify_memory {
#define X(name, entries) struct ndpi_lru_cache *name;
	TABLES(X)
#undef X
	struct cache *tinc_cache;
};

static _Thread_local const struct gate *my_gate;

struct identify_memory *
identify_memory_new(void)
{
	struct identify_memory *m = calloc(1, sizeof(*m));
	bool whole = m != NULL;

#define X(name, entries) whole = whole && (m->name = ndpi_lru_cache_init(entries)) != NULL;
	TABLES(X)
#undef X
	whole = whole && (m->tinc_cache = cache_new(TINC_ENTRIES)) != NULL;
	if (whole)
		return m;
	identify_memory_free(m);
	return NULL;
}

void
identify_memory_free(struct identify_memory *m)
{
	if (!m)
		return;
#define X(name, entries)                                                                           \
	if (m->name)                                                                               \
		ndpi_lru_free_cache(m->name);
	TABLES(X)
#undef X
	if (m->tinc_cache)
		cache_free(m->tinc_cache);
	free(m);
}

bool
memory_laid_out(const struct ndpi_detection_module_struct *module)
{
	struct ndpi_detection_module_struct *m = (struct ndpi_detection_module_struct *)module;

	return m->ndpi_num_supported_protocols == ndpi_get_num_supported_protocols(m) &&
	       m->proto_defaults[NDPI_PROTOCOL_HTTP].protoName ==
		   ndpi_get_proto_name(m, NDPI_PROTOCOL_HTTP);
}

int
memory_lend(struct identify_memory *m, struct ndpi_detection_module_struct *module, struct err *e)
{
	bool fresh = memory_laid_out(module);

#define X(name, entries) fresh = fresh && !module->name;
	TABLES(X)
#undef X
	if (!fresh)
		return err_set(e, "this nDPI library (%s) cannot serve several workers at once",
		    ndpi_revision());
#define X(name, entries) module->name = m->name;
	TABLES(X)
#undef X
	module->tinc_cache = m->tinc_cache;
	return 0;
}

void
memory_take_back(struct ndpi_detection_module_struct *module)
{
#define X(name, entries) module->name = NULL;
	TABLES(X)
#undef X
	module->tinc_cache = NULL;
}

void
memory_gate(const struct gate *gate)
{
	my_gate = gate;
}

/* ---- standing before the library's own functions ---- */

u_int8_t
ndpi_lru_find_cache(
    struct ndpi_lru_cache *c, u_int32_t key, u_int16_t *value, u_int8_t clean_key_when_found)
{
	static _Thread_local u_int8_t (*own)(
	    struct ndpi_lru_cache *, u_int32_t, u_int16_t *, u_int8_t);

	if (!own)
		behind("ndpi_lru_find_cache", &own);
	gate_enter(my_gate);
	u_int8_t found = own(c, key, value, clean_key_when_found);
	gate_leave(my_gate);
	return found;
}

void
ndpi_lru_add_to_cache(struct ndpi_lru_cache *c, u_int32_t key, u_int16_t value)
{
	static _Thread_local void (*own)(struct ndpi_lru_cache *, u_int32_t, u_int16_t);

	if (!own)
		behind("ndpi_lru_add_to_cache", &own);
	gate_enter(my_gate);
	own(c, key, value);
	gate_leave(my_gate);
}

#define BEFORE_TINC(function)                                                                      \
	int function(struct cache *c, void *item, uint32_t size)                                   \
	{                                                                                          \
		static _Thread_local int (*own)(struct cache *, void *, uint32_t);                 \
                                                                                                   \
		if (!own)                                                                          \
			behind(#function, &own);                                                   \
		gate_enter(my_gate);                                                               \
		int result = own(c, item, size);                                                   \
		gate_leave(my_gate);                                                               \
		return result;                                                                     \
	}

BEFORE_TINC(cache_add)
BEFORE_TINC(cache_contains)
BEFORE_TINC(cache_remove)

#else

struct identify_memory {
	int nothing;
};

struct identify_memory *
identify_memory_new(void)
{
	return calloc(1, sizeof(struct identify_memory));
}

void
identify_memory_free(struct identify_memory *m)
{
	free(m);
}

bool
memory_laid_out(const struct ndpi_detection_module_struct *module)
{
	(void)module;
	return false;
}

int
memory_lend(struct identify_memory *m, struct ndpi_detection_module_struct *module, struct err *e)
{
	(void)m;
	(void)module;
	return err_set(e, "several workers at once need nDPI 4.2; this is %s", ndpi_revision());
}

void
memory_take_back(struct ndpi_detection_module_struct *module)
{
	(void)module;
}

void
memory_gate(const struct gate *gate)
{
	(void)gate;
}

#endif
