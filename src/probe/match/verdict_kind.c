/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of attack an alert is about: by its technique, else by its class; and which way it
 * goes. */
#include <string.h>
#include <strings.h>

#include "judge.h"

struct row {
	const char *begins;
	uint8_t kind;
};

/* The first row that is its beginning. */
static const struct row techniques[] = {
	{ "T1595", KIND_SCAN },
	{ "T1046", KIND_SCAN },
	{ "T1018", KIND_SCAN },
	{ "T1590", KIND_SCAN },
	{ "T1592", KIND_SCAN },
	{ "T1110", KIND_LOGIN },
	{ "T1078", KIND_LOGIN },
	{ "T1505", KIND_SHELL },
	{ "T1040", KIND_NONE },
	{ "T1219", KIND_NONE },
	{ "T1557", KIND_NONE },
	{ "T1498", KIND_NONE },
	{ "T1499", KIND_NONE },
	{ "T1566", KIND_LURE },
	{ "T1189", KIND_LURE },
	{ "T1204", KIND_LURE },
	{ "T1071", KIND_CONTROL },
	{ "T1048", KIND_CONTROL },
	{ "T1041", KIND_CONTROL },
	{ "T1572", KIND_CONTROL },
	{ "T1573", KIND_CONTROL },
	{ "T1095", KIND_CONTROL },
	{ "T1102", KIND_CONTROL },
	{ "T1105", KIND_CONTROL },
	{ "T1090", KIND_CONTROL },
	{ "T1568", KIND_CONTROL },
	{ "T1496", KIND_CONTROL },
	{ "T", KIND_EXPLOIT },
};

static const struct row classes[] = {
	{ "successful-", KIND_FACT },
	{ "unsuccessful-user", KIND_LOGIN },
	{ "attempted-recon", KIND_SCAN },
	{ "network-scan", KIND_SCAN },
	{ "rpc-portmap-decode", KIND_SCAN },
	{ "attempted-dos", KIND_NONE },
	{ "attempted-", KIND_EXPLOIT },
	{ "web-application-attack", KIND_EXPLOIT },
	{ "web-application-activity", KIND_SCAN },
	{ "misc-attack", KIND_EXPLOIT },
	{ "shellcode-detect", KIND_EXPLOIT },
	{ "system-call-detect", KIND_EXPLOIT },
	{ "suspicious-filename-detect", KIND_EXPLOIT },
	{ "targeted-activity", KIND_EXPLOIT },
	{ "suspicious-login", KIND_LOGIN },
	{ "default-login-attempt", KIND_LOGIN },
	{ "trojan-activity", KIND_CONTROL },
	{ "command-and-control", KIND_CONTROL },
	{ "domain-c2", KIND_CONTROL },
	{ "coin-mining", KIND_CONTROL },
	{ "pup-activity", KIND_CONTROL },
	{ "exploit-kit", KIND_LURE },
};

static enum verdict_kind
look_up(const struct row *rows, size_t n, const char *text)
{
	for (size_t i = 0; text && i < n; i++)
		if (strncmp(text, rows[i].begins, strlen(rows[i].begins)) == 0)
			return rows[i].kind;
	return KIND_NONE;
}

/* Rules that are about no attack, whatever technique they name: their class says so, or their
 * author calls them no more than information (dynamic DNS, lookups of the own address). */
static bool
is_about_none(const struct alert *a)
{
	static const char *const quiet[] = { "policy-violation", "not-suspicious",
		"inappropriate-content" };

	for (size_t i = 0; a->classtype && i < sizeof(quiet) / sizeof(quiet[0]); i++)
		if (strcmp(a->classtype, quiet[i]) == 0)
			return true;
	for (uint16_t i = 0; i < a->meta_n; i++)
		if (strcasecmp(a->meta[i].key, "signature_severity") == 0)
			return strcasecmp(a->meta[i].value, "Informational") == 0;
	return false;
}

/* What infected hosts do among themselves over shares and remote calls attacks the next one; nobody
 * steers over them from outside. */
static bool
is_lateral(const struct flow *f)
{
	uint8_t proto = l7_proto(f);
	return proto == L7_SMB || proto == L7_DCERPC;
}

/* An outside client of an inside server has not been infected; an inside client that talks to the
 * outside attacks nobody when it shows a shell. */
static enum verdict_kind
by_ends(enum verdict_kind kind, const char *technique, const struct verdict_scene *s)
{
	bool client = s->ours[0], server = s->ours[1];
	if (kind == KIND_CONTROL && server && (!client || is_lateral(s->flow)))
		return KIND_EXPLOIT;
	if (kind == KIND_EXPLOIT && client && !server && technique &&
	    strncmp(technique, "T1059", 5) == 0)
		return KIND_CONTROL;
	return kind;
}

enum verdict_kind
verdict_kind(const struct alert *a, const struct verdict_scene *s)
{
	size_t n = sizeof(classes) / sizeof(classes[0]);
	enum verdict_kind class = look_up(classes, n, a->classtype), kind = class;

	if (a->attack && *a->attack)
		kind = look_up(techniques, sizeof(techniques) / sizeof(techniques[0]), a->attack);
	if (kind == KIND_NONE || (a->attack && strncmp(a->attack, "T0", 2) == 0) ||
	    is_about_none(a))
		return KIND_NONE;
	kind = by_ends(kind, a->attack, s);
	if (class == KIND_FACT && kind != KIND_CONTROL)
		return KIND_FACT;
	/* a server that attacks: what it gives to its client */
	if (a->dir == DIR_TO_CLIENT && (kind == KIND_EXPLOIT || kind == KIND_SHELL))
		return a->target == ALERT_TARGET_SRC ? KIND_EXPLOIT
		       : strncmp(a->classtype ? a->classtype : "", "attempted-user", 14) == 0
			   ? KIND_LURE
			   : kind;
	return kind;
}

uint8_t
verdict_own(const struct alert *a)
{
	uint8_t own = verdict_of(a->verdict);

	if (own == VERDICT_NONE && a->classtype && strncmp(a->classtype, "successful-", 11) == 0)
		return VERDICT_SUCCESS;
	if (own == VERDICT_NONE && a->classtype && strcmp(a->classtype, "unsuccessful-user") == 0)
		return VERDICT_FAILED;
	return own;
}
