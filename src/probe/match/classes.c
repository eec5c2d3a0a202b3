/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of alerts: the standard ones, and the lines of a classification.config
 *     config classification: short-name,Text for people,priority
 */
#include <stdio.h>
#include <stdlib.h>

#include "probe/match_load.h"

/* The standard classes of Snort's and Suricata's public documentation, by priority. */
static const struct match_class standard[] = {
	{ "attempted-admin", "Attempted Administrator Privilege Gain", 1 },
	{ "attempted-user", "Attempted User Privilege Gain", 1 },
	{ "command-and-control", "Malware Command and Control Activity Detected", 1 },
	{ "credential-theft", "Successful Credential Theft Detected", 1 },
	{ "domain-c2", "Domain Observed Used for C2 Detected", 1 },
	{ "exploit-kit", "Exploit Kit Activity Detected", 1 },
	{ "inappropriate-content", "Inappropriate Content was Detected", 1 },
	{ "policy-violation", "Potential Corporate Privacy Violation", 1 },
	{ "shellcode-detect", "Executable code was detected", 1 },
	{ "successful-admin", "Successful Administrator Privilege Gain", 1 },
	{ "successful-user", "Successful User Privilege Gain", 1 },
	{ "targeted-activity", "Targeted Malicious Activity was Detected", 1 },
	{ "trojan-activity", "A Network Trojan was detected", 1 },
	{ "unsuccessful-user", "Unsuccessful User Privilege Gain", 1 },
	{ "web-application-attack", "Web Application Attack", 1 },
	{ "attempted-dos", "Attempted Denial of Service", 2 },
	{ "attempted-recon", "Attempted Information Leak", 2 },
	{ "bad-unknown", "Potentially Bad Traffic", 2 },
	{ "coin-mining", "Crypto Currency Mining Activity Detected", 2 },
	{ "default-login-attempt", "Attempt to login by a default username and password", 2 },
	{ "denial-of-service", "Detection of a Denial of Service Attack", 2 },
	{ "external-ip-check", "Device Retrieving External IP Address Detected", 2 },
	{ "misc-attack", "Misc Attack", 2 },
	{ "non-standard-protocol", "Detection of a non-standard protocol or event", 2 },
	{ "pup-activity", "Possibly Unwanted Program Detected", 2 },
	{ "rpc-portmap-decode", "Decode of an RPC Query", 2 },
	{ "social-engineering", "Possible Social Engineering Attempted", 2 },
	{ "successful-dos", "Denial of Service", 2 },
	{ "successful-recon-largescale", "Large Scale Information Leak", 2 },
	{ "successful-recon-limited", "Information Leak", 2 },
	{ "suspicious-filename-detect", "A suspicious filename was detected", 2 },
	{ "suspicious-login", "An attempted login using a suspicious username was detected", 2 },
	{ "system-call-detect", "A system call was detected", 2 },
	{ "unusual-client-port-connection", "A client was using an unusual port", 2 },
	{ "web-application-activity", "access to a potentially vulnerable web application", 2 },
	{ "icmp-event", "Generic ICMP event", 3 },
	{ "misc-activity", "Misc activity", 3 },
	{ "network-scan", "Detection of a Network Scan", 3 },
	{ "not-suspicious", "Not Suspicious Traffic", 3 },
	{ "protocol-command-decode", "Generic Protocol Command Decode", 3 },
	{ "string-detect", "A suspicious string was detected", 3 },
	{ "unknown", "Unknown Traffic", 3 },
	{ "tcp-connection", "A TCP connection was detected", 4 },
};

static int
put(struct match_classes *c, const struct match_class *k)
{
	/* the table hands values out as const again */
	return match_names_put(&c->by_name, view_of(k->name), (void *)(uintptr_t)k);
}

/* One line; lines of another form are skipped, as comments are. */
static void
read_line(struct match_classes *c, struct match_arena *a, struct view line)
{
	static const char head[] = "config classification:";
	struct view rest = match_text_trim(line), name, text, number;
	int64_t priority;
	if (rest.len < sizeof(head) || memcmp(rest.ptr, head, sizeof(head) - 1) != 0)
		return;
	rest = (struct view){ rest.ptr + sizeof(head) - 1, rest.len - sizeof(head) + 1 };
	if (!match_text_split(&rest, ',', &name) || !match_text_split(&rest, ',', &text) ||
	    !match_text_split(&rest, ',', &number) || !name.len ||
	    !match_text_int(number, 1, 255, &priority))
		return;
	struct match_class *k = match_arena_get(a, sizeof(*k));
	if (!k)
		return;
	k->name = match_arena_copy(a, name.ptr, name.len);
	k->text = match_arena_copy(a, text.ptr, text.len);
	k->priority = (uint8_t)priority;
	if (k->name && k->text)
		(void)put(c, k);
}

int
match_classes_load(struct match_classes *c, struct match_arena *a, const char *path)
{
	for (size_t i = 0; i < sizeof(standard) / sizeof(standard[0]); i++) {
		if (put(c, &standard[i]) != 0)
			return -1;
	}
	if (!path || !*path)
		return 0;
	FILE *f = fopen(path, "r");
	if (!f)
		return -1;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	while ((n = getline(&line, &room, f)) >= 0)
		read_line(c, a, (struct view){ (uint8_t *)line, (size_t)n });
	free(line);
	fclose(f);
	return 0;
}

void
match_classes_text(struct match_classes *c, struct match_arena *a, struct view text)
{
	struct cursor at = cursor_of_view(text);
	struct view line;
	while (cursor_left(&at)) {
		if (!cursor_line(&at, &line))
			(void)cursor_take(&at, cursor_left(&at), &line);
		read_line(c, a, line);
	}
}

const struct match_class *
match_classes_find(const struct match_classes *c, struct view name)
{
	return match_names_find(&c->by_name, name);
}
