/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identify: one face for the versions of nDPI. Written and tested against 4.2; the branches for
 * later versions follow their headers and release notes. Only ndpi.c and
 * memory.h include this.
 */
#ifndef WANGLOU_PROBE_IDENTIFY_NDPI_COMPAT_H
#define WANGLOU_PROBE_IDENTIFY_NDPI_COMPAT_H

#include <ndpi_api.h>

#define NDPI_AT_LEAST(major, minor)                                                                \
	(NDPI_MAJOR > (major) || (NDPI_MAJOR == (major) && NDPI_MINOR >= (minor)))

#if NDPI_AT_LEAST(4, 11)
#define compat_master(p) ((p).proto.master_protocol)
#define compat_app(p) ((p).proto.app_protocol)
#else
#define compat_master(p) ((p).master_protocol)
#define compat_app(p) ((p).app_protocol)
#endif

static inline struct ndpi_detection_module_struct *
compat_init(void)
{
#if NDPI_AT_LEAST(4, 10)
	struct ndpi_detection_module_struct *m = ndpi_init_detection_module(NULL);
#else
	struct ndpi_detection_module_struct *m = ndpi_init_detection_module(ndpi_no_prefs);
#endif
#if !NDPI_AT_LEAST(5, 0)
	if (m) {
		NDPI_PROTOCOL_BITMASK all;
		NDPI_BITMASK_SET_ALL(all);
		(void)ndpi_set_protocol_detection_bitmask2(m, &all);
	}
#endif
	return m;
}

static inline int
compat_load_categories(struct ndpi_detection_module_struct *m, const char *path)
{
#if NDPI_AT_LEAST(4, 4)
	return ndpi_load_categories_file(m, path, NULL);
#else
	return ndpi_load_categories_file(m, path);
#endif
}

/* 0, or negative. */
static inline int
compat_finalize(struct ndpi_detection_module_struct *m)
{
#if NDPI_AT_LEAST(4, 10)
	return ndpi_finalize_initialization(m) == 0 ? 0 : -1;
#else
	ndpi_finalize_initialization(m);
	return 0;
#endif
}

static inline ndpi_protocol
compat_process(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f,
    const uint8_t *l3, uint16_t len, uint64_t ms)
{
#if NDPI_AT_LEAST(4, 6)
	return ndpi_detection_process_packet(m, f, l3, len, ms, NULL);
#else
	return ndpi_detection_process_packet(m, f, l3, len, ms);
#endif
}

/* True when a flow whose protocol is known may still yield more (a sub-protocol, a certificate). */
static inline bool
compat_wants_more(
    struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f, ndpi_protocol p)
{
#if NDPI_AT_LEAST(5, 0)
	(void)m;
	(void)f;
	return p.state != NDPI_STATE_CLASSIFIED;
#else
	(void)p;
	return ndpi_extra_dissection_possible(m, f) != 0;
#endif
}

/* The last word, by guessing from addresses and ports if need be; *guessed says that it was. */
static inline ndpi_protocol
compat_giveup(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f, uint8_t *guessed)
{
	*guessed = 0;
#if NDPI_AT_LEAST(5, 0)
	return ndpi_detection_giveup(m, f);
#elif NDPI_AT_LEAST(4, 10)
	return ndpi_detection_giveup(m, f, guessed);
#else
	return ndpi_detection_giveup(m, f, 1, guessed);
#endif
}

static inline const char *
compat_breed_name(struct ndpi_detection_module_struct *m, uint16_t proto)
{
#if NDPI_AT_LEAST(4, 10)
	return ndpi_get_proto_breed_name(ndpi_get_proto_breed(m, proto));
#else
	return ndpi_get_proto_breed_name(m, ndpi_get_proto_breed(m, proto));
#endif
}

#endif
