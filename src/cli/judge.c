/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who did what to whom. The packet that fired does not say it: a web shell's answer goes from the
 * victim to the attacker, and a beacon is asked for by the victim. The kind of the alert and the
 * segments of both ends do.
 */
#include <string.h>

#include "lib/addr.h"
#include "show.h"

/* Texts of one kind of alert. In them {1} is the victim, {2} the attacker. */
struct kind {
	enum { SERVER, CALLER, DEPENDS } victim_is; /* CALLER: an inside host was made to talk */
	enum text_id victim, attacker;
	enum text_id tried, done; /* what next, before and after it worked */
	enum text_id sure;        /* for verdict attempt; TEXT_COUNT: the usual sentence */
};

enum { SCAN, GUESS, EXPLOIT, SHELL, LATERAL, C2, TUNNEL, MINING, CLEAR, POLICY, ICS, OTHER };

#define ATTACK TEXT_ROLE_TARGET, TEXT_ROLE_ATTACKER
#define TALK TEXT_ROLE_SERVER, TEXT_ROLE_CLIENT
#define CALL TEXT_ROLE_INSIDE, TEXT_ROLE_CONTROL

static const struct kind kinds[] = {
	[SCAN] = { SERVER, ATTACK, TEXT_NEXT_SCAN, TEXT_NEXT_SCAN, TEXT_COUNT },
	[GUESS] = { SERVER, ATTACK, TEXT_NEXT_GUESS, TEXT_NEXT_GUESSED, TEXT_COUNT },
	[EXPLOIT] = { DEPENDS, ATTACK, TEXT_NEXT_EXPLOIT, TEXT_NEXT_EXPLOITED, TEXT_COUNT },
	[SHELL] = { SERVER, ATTACK, TEXT_NEXT_SHELL, TEXT_NEXT_SHELLED, TEXT_COUNT },
	[LATERAL] = { SERVER, ATTACK, TEXT_NEXT_LATERAL, TEXT_NEXT_LATERAL_DONE, TEXT_COUNT },
	[C2] = { CALLER, CALL, TEXT_NEXT_C2, TEXT_NEXT_C2, TEXT_COUNT },
	[TUNNEL] = { CALLER, CALL, TEXT_NEXT_TUNNEL, TEXT_NEXT_TUNNEL, TEXT_COUNT },
	[MINING] = { CALLER, CALL, TEXT_NEXT_MINING, TEXT_NEXT_MINING, TEXT_COUNT },
	[CLEAR] = { SERVER, TALK, TEXT_NEXT_CLEAR, TEXT_NEXT_CLEAR, TEXT_SURE_SEEN },
	[POLICY] = { CALLER, TEXT_ROLE_CLIENT, TEXT_ROLE_SERVER, TEXT_NEXT_POLICY, TEXT_NEXT_POLICY,
	    TEXT_SURE_SEEN },
	[ICS] = { SERVER, TALK, TEXT_NEXT_ICS, TEXT_NEXT_ICS, TEXT_SURE_SEEN },
	[OTHER] = { DEPENDS, ATTACK, TEXT_NEXT_ATTEMPT, TEXT_NEXT_SUCCESS, TEXT_COUNT },
};

/* By ATT&CK technique; the first row that is its beginning. */
static const struct {
	const char *technique;
	int kind;
} techniques[] = {
	{ "T1595", SCAN },
	{ "T1046", SCAN },
	{ "T1018", SCAN },
	{ "T1590", SCAN },
	{ "T1110", GUESS },
	{ "T1078", GUESS },
	{ "T1505.003", SHELL },
	{ "T1021", LATERAL },
	{ "T1569", LATERAL },
	{ "T1570", LATERAL },
	{ "T1053", LATERAL },
	{ "T1071.004", TUNNEL },
	{ "T1048", TUNNEL },
	{ "T1071", C2 },
	{ "T1572", C2 },
	{ "T1573", C2 },
	{ "T1095", C2 },
	{ "T1105", C2 },
	{ "T1090", C2 },
	{ "T1568", C2 },
	{ "T1496", MINING },
	{ "T1040", CLEAR },
	{ "T1219", POLICY },
	{ "T1557", POLICY },
	{ "T0", ICS },
	{ "T1", EXPLOIT },
};

static bool
is_private(const char *ip)
{
	struct addr a;
	uint8_t ver = addr_parse(ip, &a);

	return ver && addr_is_private(&a, ver);
}

static void
fill(const json_t *event, struct part *p, const char *side)
{
	bool src = strcmp(side, "src") == 0;

	p->side = side;
	p->ip = cli_text_at(event, src ? "src_ip" : "dest_ip");
	p->port = cli_number_at(event, src ? "src_port" : "dest_port", -1);
	p->ours =
	    cli_at(event, src ? "segment.src.name" : "segment.dest.name") || is_private(p->ip);
}

/* The flow knows who opened it; without one the lower port serves, when it is a known one. */
static bool
is_answer(const json_t *event)
{
	long long src = cli_number_at(event, "src_port", -1);
	long long dest = cli_number_at(event, "dest_port", -1);
	const char *client = cli_text_at(event, "flow.src_ip");

	if (client[0])
		return strcmp(client, cli_text_at(event, "src_ip")) != 0 ||
		       cli_number_at(event, "flow.src_port", src) != src;
	return src >= 0 && src < 1024 && dest >= 1024;
}

static const struct kind *
kind_of(const json_t *event, bool goes_out)
{
	const char *technique = cli_text_at(event, "attack.technique");

	/* a shell that an inside host opens to the outside */
	if (strncmp(technique, "T1059", 5) == 0 && goes_out)
		return &kinds[C2];
	for (size_t i = 0; i < sizeof(techniques) / sizeof(*techniques); i++)
		if (strncmp(technique, techniques[i].technique, strlen(techniques[i].technique)) ==
		    0)
			return &kinds[techniques[i].kind];
	return &kinds[OTHER];
}

static void
judge_verdict(const json_t *event, const struct kind *k, struct judged *j)
{
	const char *verdict = cli_text_at(event, "verdict");
	bool attempt = strcmp(verdict, "attempt") == 0;

	j->next = k->tried;
	j->sure = cli_at(event, "notice") ? TEXT_SURE_BEHAVIOUR : TEXT_SURE_UNKNOWN;
	if (strcmp(verdict, "compromised") == 0) {
		j->sure = TEXT_SURE_COMPROMISED;
		j->next = k == &kinds[OTHER] ? TEXT_NEXT_COMPROMISED : k->done;
	} else if (strcmp(verdict, "success") == 0) {
		j->sure = TEXT_SURE_SUCCESS;
		j->next = k->done;
	} else if (strcmp(verdict, "failed") == 0) {
		j->sure = TEXT_SURE_FAILED;
		j->next = k == &kinds[GUESS] ? k->tried : TEXT_NEXT_FAILED;
	} else if (attempt && k->sure != TEXT_COUNT) {
		j->sure = k->sure;
	} else if (attempt && !cli_at(event, "notice")) {
		j->sure = TEXT_SURE_ATTEMPT;
	}
	if (k == &kinds[GUESS] && j->next == TEXT_NEXT_GUESSED)
		j->sure = TEXT_SURE_GUESSED;
}

/* A server that gives way is hit; so is a client of ours that was made to fetch what it should not.
 */
static bool
client_is_hit(const struct kind *k, const char *verdict, bool client_ours, bool server_ours)
{
	bool worked = strcmp(verdict, "compromised") == 0 || strcmp(verdict, "success") == 0;

	if (k->victim_is == CALLER)
		return client_ours || !server_ours;
	return k->victim_is == DEPENDS && worked && client_ours && !server_ours;
}

void
show_judge(const json_t *event, struct judged *j)
{
	struct part client, server;
	const struct kind *k;
	bool victim_is_client;

	j->answered = is_answer(event);
	fill(event, &client, j->answered ? "dest" : "src");
	fill(event, &server, j->answered ? "src" : "dest");
	k = kind_of(event, client.ours && !server.ours);
	victim_is_client =
	    client_is_hit(k, cli_text_at(event, "verdict"), client.ours, server.ours);
	j->victim = victim_is_client ? client : server;
	j->attacker = victim_is_client ? server : client;
	j->victim_role = k->victim;
	j->attacker_role = k->attacker;
	judge_verdict(event, k, j);
	j->also = TEXT_COUNT;
	if (k == &kinds[TUNNEL] && !j->attacker.ours && j->attacker.port == 53)
		j->next = TEXT_NEXT_RELAY;
	else if (k == &kinds[TUNNEL] && j->attacker.port == 53)
		j->also = TEXT_ALSO_RESOLVER;
	else if (j->attacker.ours && k->attacker == TEXT_ROLE_ATTACKER)
		j->also = TEXT_ALSO_INSIDE;
	if (j->victim_role == TEXT_ROLE_TARGET &&
	    (j->sure == TEXT_SURE_COMPROMISED || j->sure == TEXT_SURE_SUCCESS ||
		j->sure == TEXT_SURE_GUESSED))
		j->victim_role = TEXT_ROLE_VICTIM;
}
