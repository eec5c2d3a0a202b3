/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_ntlm: NTLMSSP messages ([MS-NLMP] 2.2.1) and what they are wrapped in: SPNEGO (RFC 4178) and
 * GSS-API's framing (RFC 2743, 3.1); of Kerberos' AP-REQ (RFC 4120) the realm and the service.
 *
 * Pure: views into the bytes out, no allocation. Responses, hashes and session keys are not given.
 * Used by SMB, DCERPC and HTTP; RDP, LDAP and SMTP may. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_NTLM_H
#define WANGLOU_PROBE_L7_NTLM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/jw.h"

enum ntlm_type { NTLM_NEGOTIATE = 1, NTLM_CHALLENGE = 2, NTLM_AUTHENTICATE = 3 };

#define NTLM_UNICODE 0x00000001u   /* texts are UTF-16LE, else of the machine's code page */
#define NTLM_ANONYMOUS 0x00000800u /* nobody in particular */
#define NTLM_VERSION 0x02000000u   /* the version is there */

struct ntlm {
	uint8_t type; /* enum ntlm_type */
	uint32_t flags;
	bool unicode;
	bool warning; /* a text lies outside the message */
	bool has_version;
	uint8_t major, minor, revision;
	uint16_t build;
	/* AUTHENTICATE, and domain and host of NEGOTIATE; domain of CHALLENGE is the target's name
	 */
	struct view domain, user, host;
	bool ntlmv2; /* AUTHENTICATE: the answer is longer than NTLM version 1 has it */
	/* CHALLENGE: the server's own names (UTF-16LE) */
	struct view nb_computer, nb_domain, dns_computer, dns_domain, dns_tree;
};

/* One message, from its "NTLMSSP". False: it is none, or cut before its fixed part ends. */
bool
ntlm_parse(struct view message, struct ntlm *out);

/* Texts of a message for a record; absent ones have ptr NULL. UTF-8. */
struct ntlm_text {
	struct view domain, user, host, version;
	struct view nb_computer, nb_domain, dns_computer, dns_domain;
	bool warning;
	bool ntlmv2;
	bool anonymous;
};

/*
 * Make the texts of an AUTHENTICATE or CHALLENGE; each is copied into *room, which shrinks from
 * the front. What does not fit is absent. 600 bytes are enough for most.
 */
struct ntlm_room {
	char *at;
	size_t left;
};
void
ntlm_texts(const struct ntlm *m, struct ntlm_room *room, struct ntlm_text *out);

/* Write {"domain":...}, the EVE object ntlmssp. */
void
ntlm_write(const struct ntlm_text *t, struct jw *w);

/* What a GSS-API token holds. */
struct gss {
	struct view ntlm;  /* ptr NULL: none */
	struct view realm; /* Kerberos ticket: realm */
	struct view sname; /* contents of its name-string, for gss_sname */
	bool spnego;       /* it was wrapped */
	bool kerberos;     /* an AP-REQ is in it */
	bool has_state;    /* negState is there */
	uint8_t state;     /* 0 accepted, 1 incomplete, 2 rejected, 3 mic wanted */
};

/* Open a token: SPNEGO, bare NTLMSSP or bare Kerberos. False: none of them. */
bool
gss_open(struct view token, struct gss *out);

/* The next part of a ticket's service name; start with cursor_of_view(gss.sname). */
bool
gss_sname(struct cursor *c, struct view *part);

#endif
