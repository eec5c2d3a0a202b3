/* SPDX-License-Identifier: Apache-2.0 */
/* match_one: rules that must load, and one packet that they are shown. */
#ifndef WANGLOU_TESTS_MATCH_ONE_H
#define WANGLOU_TESTS_MATCH_ONE_H

#include "match_fake.h"

/* The matcher of rules that must load; their set in *out. */
static inline struct match *
match_with(const char *rules, const struct match_config *config, struct match_rules **out)
{
	struct fake_problems p = { 0 };
	*out = fake_load(rules, strlen(rules), &p, NULL);
	if (p.n)
		fail_msg("%s\n  column %u: %s", rules, p.item[0].column, p.item[0].reason);
	struct match *m = match_new(config, *out);
	assert_non_null(m);
	return m;
}

/* f may be NULL. */
static inline void
match_without(struct match *m, struct match_rules *r, struct flow *f)
{
	if (f)
		match_flow_free(m, f);
	match_free(m);
	match_rules_free(r);
}

/* How many alerts a packet to the server brings; f and tx may be NULL. */
static inline uint16_t
alerts_of(const char *rules, const struct packet *p, struct flow *f, const struct l7_tx *tx)
{
	static const struct match_config config = { 16, 16, 64, HASH_KEY_FIXED, NULL, NULL };
	struct match_rules *r;
	struct match *m = match_with(rules, &config, &r);
	struct alert_list out = { 0 };
	match_packet(m, p, f, DIR_TO_SERVER, NULL, 0, tx, tx ? 1 : 0, &out);
	match_without(m, r, f);
	return out.n;
}

/* Do these options hold on this text? */
struct yesno {
	const char *text;
	const char *options;
	bool yes;
};

/* Each case in a rule that begins so; `ask` tries it. */
typedef bool (*yesno_ask)(const char *rule, const char *text, void *context);
static inline void
yesno_check(const struct yesno *c, size_t n, const char *rule_begins, yesno_ask ask, void *context)
{
	char rule[512];
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(rule, sizeof(rule), "%s%s sid:1;)", rule_begins, c[i].options);
		if (ask(rule, c[i].text, context) != c[i].yes)
			fail_msg("%s on \"%s\" should be %d", c[i].options,
			    c[i].text ? c[i].text : "", c[i].yes);
	}
}

#endif
