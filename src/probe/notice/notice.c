/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/notice.h"

#include <stdio.h>
#include <stdlib.h>

#include "detector.h"

static const struct detector *const detectors[] = { &detector_scan, &detector_guess };

#define DETECTORS (sizeof(detectors) / sizeof(detectors[0]))

struct notice {
	struct detector_env env;
	void *state[DETECTORS]; /* NULL: switched off */
};

static bool
config_sane(const struct notice_config *c)
{
	return c->scan_theta0 > 0 && c->scan_theta0 < 1 && c->scan_theta1 > 0 &&
	       c->scan_theta1 < c->scan_theta0 && c->scan_alpha > 0 && c->scan_beta < 1 &&
	       c->scan_alpha < c->scan_beta;
}

struct notice *
notice_new(const struct notice_config *config)
{
	if (config->scan_enabled && !config_sane(config))
		return NULL;
	struct notice *n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->env.config = *config;
	for (size_t i = 0; i < DETECTORS; i++) {
		if (!detectors[i]->enabled(config))
			continue;
		n->state[i] = detectors[i]->create(&n->env);
		if (!n->state[i]) {
			notice_free(n);
			return NULL;
		}
	}
	return n;
}

void
notice_free(struct notice *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < DETECTORS; i++)
		detectors[i]->destroy(n->state[i]);
	free(n);
}

static void
count_watched(struct notice *n)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < DETECTORS; i++)
		if (n->state[i])
			sum += detectors[i]->watched(n->state[i]);
	n->env.count.sources = sum;
}

void
notice_record(struct notice *n, const struct notice_record *r, struct alert_list *out)
{
	n->env.count.records++;
	for (size_t i = 0; i < DETECTORS; i++) {
		if (!n->state[i])
			continue;
		detectors[i]->tick(n->state[i], r->ts, out);
		detectors[i]->record(n->state[i], r, out);
	}
	count_watched(n);
}

void
notice_tick(struct notice *n, uint64_t now, struct alert_list *out)
{
	for (size_t i = 0; i < DETECTORS; i++)
		if (n->state[i])
			detectors[i]->tick(n->state[i], now, out);
	count_watched(n);
}

void
notice_finish(struct notice *n, struct alert_list *out)
{
	for (size_t i = 0; i < DETECTORS; i++)
		if (n->state[i])
			detectors[i]->finish(n->state[i], out);
	count_watched(n);
}

const struct notice_counters *
notice_count(const struct notice *n)
{
	return &n->env.count;
}

bool
notice_detector(unsigned i, const char **name, const char **help)
{
	if (i >= DETECTORS)
		return false;
	*name = detectors[i]->name;
	*help = detectors[i]->help;
	return true;
}

struct alert *
detector_alert(
    struct detector_env *env, struct alert_list *out, const struct detector_sid *row, uint64_t ts)
{
	struct alert *a = alert_add(out);
	if (!a)
		return NULL;
	env->count.alerts++;
	a->gid = NOTICE_GID;
	a->sid = row->sid;
	a->rev = 1;
	a->severity = row->severity;
	a->signature = row->signature;
	a->classtype = row->classtype;
	a->category = row->category;
	a->verdict = row->verdict;
	a->attack = row->attack;
	a->gbt20986 = row->gbt20986;
	a->name_zh = row->name_zh;
	a->ts = ts;
	return a;
}

void
detector_fact(struct alert *a, const char *name, double value)
{
	if (a->fact_n < ALERT_FACTS)
		a->fact[a->fact_n++] = (struct alert_fact){ .name = name, .value = value };
}

void
detector_word(struct alert *a, const char *name, const char *text)
{
	if (a->fact_n < ALERT_FACTS)
		a->fact[a->fact_n++] = (struct alert_fact){ .name = name, .text = text };
}

const char *
detector_target(struct detector_env *env, const struct alert_list *out, int slot,
    const struct addr *host, uint8_t ver, uint16_t port)
{
	char *text = env->text[out->n - 1][slot];
	char ip[ADDR_TEXT];
	addr_text(ip, host, ver);
	if (!port)
		snprintf(text, DETECTOR_TEXT, "%s", ip);
	else
		snprintf(text, DETECTOR_TEXT, ver == 6 ? "[%s]:%u" : "%s:%u", ip, (unsigned)port);
	return text;
}

bool
detector_inside(const struct detector_env *env, const struct addr *a, uint8_t ver)
{
	if (env->config.inside)
		return env->config.inside(env->config.inside_context, a, ver);
	bool shared = a->b[0] == 100 && (a->b[1] & 0xc0) == 64; /* RFC 6598 */
	return addr_is_private(a, ver) || (ver == 4 && (shared || a->b[0] == 127));
}
