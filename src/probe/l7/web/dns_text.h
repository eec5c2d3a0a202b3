/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_text: what the writers of resource records share. Inside src/probe/l7/web only.
 */
#ifndef WANGLOU_PROBE_L7_DNS_TEXT_H
#define WANGLOU_PROBE_L7_DNS_TEXT_H

#include "lib/jw.h"
#include "probe/l7/dns.h"

#define DNS_TEXT_MAX 4096

/* Text being put together; cut at its end. */
struct dns_text {
	size_t len;
	char at[DNS_TEXT_MAX];
};

/* Each returns false when the data is malformed; with w NULL it only looks. */
typedef bool (*dns_rdata_fn)(const struct dns_msg *m, const struct dns_record *r, struct jw *w);

void
dns_put(struct dns_text *t, const void *data, size_t n);
void
dns_put_format(struct dns_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void
dns_put_name(struct dns_text *t, const struct dns_name *n);
void
dns_put_hex(struct dns_text *t, struct view v);

/* The name inside rdata where the cursor stands; the cursor moves behind it. */
bool
dns_name_at(const struct dns_msg *m, struct cursor *c, struct dns_name *out);

/* RFC 1035, 1183, 4034, 5155, 6698, 7553, as zone files have them; keys and hashes in hex. */
bool
dns_rdata_hinfo(const struct dns_msg *m, const struct dns_record *r, struct jw *w);
bool
dns_rdata_rp(const struct dns_msg *m, const struct dns_record *r, struct jw *w);
bool
dns_rdata_ds(const struct dns_msg *m, const struct dns_record *r, struct jw *w);
bool
dns_rdata_rrsig(const struct dns_msg *m, const struct dns_record *r, struct jw *w);
bool
dns_rdata_nsec(const struct dns_msg *m, const struct dns_record *r, struct jw *w);
bool
dns_rdata_nsec3(const struct dns_msg *m, const struct dns_record *r, struct jw *w);
bool
dns_rdata_dnskey(const struct dns_msg *m, const struct dns_record *r, struct jw *w);
bool
dns_rdata_tlsa(const struct dns_msg *m, const struct dns_record *r, struct jw *w);
bool
dns_rdata_uri(const struct dns_msg *m, const struct dns_record *r, struct jw *w);

#endif
