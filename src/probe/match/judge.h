/* SPDX-License-Identifier: Apache-2.0 */
/* judge: what the files of verdicts share: kinds of attacks, and what bytes prove. */
#ifndef WANGLOU_SRC_MATCH_JUDGE_H
#define WANGLOU_SRC_MATCH_JUDGE_H

#include "probe/verdict.h"

/* What is attacked, and how it shows that it worked. */
enum verdict_kind {
	KIND_NONE,    /* no attack that an answer could tell about */
	KIND_EXPLOIT, /* a server is made to do something */
	KIND_SHELL,   /* one that was left there before is used */
	KIND_SCAN,    /* what is there */
	KIND_LOGIN,   /* a secret is guessed */
	KIND_LURE,    /* a client is given something */
	KIND_CONTROL, /* an infected client asks its controller */
	KIND_FACT     /* what the rule says has happened */
};

/* verdict_kind.c: by technique, class, and which way it goes. */
enum verdict_kind
verdict_kind(const struct alert *a, const struct verdict_scene *s);
/* What rule and class say of it themselves. */
uint8_t
verdict_own(const struct alert *a);

/* verdict_proof.c. A proof that was found. */
struct verdict_proof {
	uint8_t why;
	uint8_t row;      /* of the table, for verdict_proofs */
	struct view seen; /* into the bytes */
};

/* Rows of the table by the first byte of their text; filled once. */
struct verdict_heads {
	uint64_t of[256];
};
void
verdict_heads_fill(struct verdict_heads *h);

/* Rows of the table that occur in the bytes, as bits. */
uint64_t
verdict_proofs(const struct verdict_heads *h, struct view bytes);
/* The gravest proof in the bytes but for rows in `without`. False: none. */
bool
verdict_proof(
    const struct verdict_heads *h, struct view bytes, uint64_t without, struct verdict_proof *out);

#define VERDICT_ADDRS 3
struct verdict_addr {
	struct addr addr;
	uint8_t ver;
};
/* Addresses that stand in the bytes as text, up to `room`; `n` are there already. Returns how many
 * there are then. */
size_t
verdict_addresses(struct view bytes, struct verdict_addr *out, size_t n, size_t room);

/* The next name of a host behind "://" from *at on, which goes behind it. False: none is left. */
bool
verdict_next_name(struct view bytes, size_t *at, struct view *name);

/* verdict_answer.c: what a login that worked or not says of an attack of this kind. */
uint8_t
verdict_of_login(enum verdict_kind kind, enum l7_login login);

/* What a transaction says of an attack of this kind. VERDICT_WHY_NONE: nothing
 * (yet). *said gets code, word, seen. */
struct verdict_body {
	bool any, html, firewall; /* of a response: bytes of it, a page, a firewall's */
	bool unsure; /* bytes were not looked at, or would prove something had the attack not had
			them */
};
uint8_t
verdict_answer(enum verdict_kind kind, const struct l7_tx *tx, const struct verdict_body *body,
    struct verdict_said *said);

/* Copy what can be shown of the bytes. */
void
verdict_show(struct verdict_said *said, struct view bytes);

#endif
