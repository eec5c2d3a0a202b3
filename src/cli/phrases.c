/* SPDX-License-Identifier: Apache-2.0 */
#include "phrases.h"

#include <stdio.h>
#include <string.h>

#define ATTRIBUTES 6 /* of an LDAP entry */

/* Of mail and files only the record of their own, not that they stood beside another one. */
static const struct {
	const char *type, *text;
} phrases[] = {
	{ "smtp", "{helo}|AUTH {auth.mechanism}|{auth.user}|{mail_from}|→ {rcpt_to}|"
		  "“{/email.subject}”|{/email.attachment}|{reply}" },
	{ "email", "{from}|→ {to}|“{subject}”|{attachment}" },
	{ "pop3", "{user}|{request.command}|{request.args}|→ {response.status}|"
		  "{response.header}|“{/email.subject}”" },
	{ "imap", "{user}|{command}|{folder}|{arguments}|→ {status}|{text}|“{/email.subject}”" },
	{ "smb", "{command}|{ntlmssp.domain}|{ntlmssp.user}|{kerberos.snames}|{share}|{named_pipe}|"
		 "{filename}|{rename.from}|→ {rename.to}|→ {status}" },
	{ "dcerpc", "{interface}|{operation}|{ntlmssp.user}|→ {response}|{fault}" },
	{ "nfs", "{procedure}|{filename}|→ {rename.to}|→ {status}" },
	{ "rpc", "{program_name}|{procedure_name}|{path}|→ {status}" },
	{ "ldap", "{request.operation}|{request.bind_request.name}|"
		  "{request.bind_request.sasl.mechanism}|{request.search_request.base_object}|"
		  "{request.search_request.filter}|"
		  "→ {responses.operation}|{responses.search_result_entry.base_object}" },
	{ "krb5", "{msg_type}|{cname}|@ {realm}|→ {sname}|{error_code}|{encryption}" },
	{ "radius", "{code}|{user_name}|{calling_station}|→ {reply_message}" },
	{ "snmp", "v{version}|{pdu_type}|{usm}|{community}|{vars}|{error}" },
	{ "dhcp", "{dhcp_type}|{client_mac}|{hostname}|→ {assigned_ip}" },
	{ "dhcpv6", "{type}|{client_mac}|{fqdn}" },
	{ "ntp", "v{version}|{mode}|{private.request}|stratum {stratum}" },
	{ "rdp", "{event_type}|{cookie}|{client.client_name}|{client.build}|{protocol}|"
		 "{error_code}" },
	{ "rfb", "{authentication.security_type}|{authentication.security_failure_reason}|"
		 "“{framebuffer.name}”" },
	{ "telnet", "{username}|{login}|{banner}" },
	{ "sip", "{method}|{uri}|{code}|{reason}|{from}|→ {to}|{user_agent}" },
	{ "rtsp", "{method}|{url}|→ {status}|{reason}|{user_agent}" },
	{ "mysql", "{user}|{database}|{command}|{statement}|→ {error_code}|{message}" },
	{ "pgsql", "{request.startup_parameters.user}|{request.simple_query}|"
		   "{request.extended_query}|→ {response.command_completed}|{response.code}|"
		   "{response.message}" },
	{ "tds", "{type}|{user}|{database}|{statement}|{procedure}|→ {error_number}|{message}" },
	{ "tns", "{type}|{service_name}|{user}|{program}|→ {answer}|{error_code}|{message}" },
	{ "redis", "{command}|{key}|→ {reply_type}|{error}" },
	{ "mongodb", "{user}|{command}|{database}|{collection}|→ {code_name}|{message}" },
	{ "mqtt", "{connect.client_id}|{connect.username}|{publish.topic}|{publish.message}|"
		  "→ {connack.return_code}" },
	{ "coap", "{type}|{code_name}|{uri_host}|{uri_path}|{payload_length} B" },
	{ "modbus", "unit {request.unit_id}|{request.function_code}|{request.read.address}|"
		    "{request.write.address}|= {request.write.data}|→ {response.exception.code}|"
		    "{response.error_flags}" },
	{ "s7comm", "{protocol}|{rosctr}|{function}|{subfunction}|{block.name}|{service}|"
		    "→ {error}" },
	{ "iec104", "{asdu.type}|{asdu.cause}|station {asdu.common_address}|{function}" },
	{ "dnp3", "{src}|→ {dst}|{application.function}" },
	{ "enip", "{request.command}|{request.cip.service}|{request.cip.symbol}|"
		  "{request.cip.class_name}|→ {response.cip.status}" },
	{ "bacnet", "{pdu_type}|{service}|{object_type}|{instance}|{error.name}" },
	{ "opcua", "{message_type}|{service}|{endpoint}|{username}|→ {status}" },
	{ "ike", "{exchange_type_verbose}|{alg_enc}|{alg_hash}|{alg_auth}|{alg_dh}" },
	{ "quic", "{version}|SNI {sni}|JA4 {ja4}|{type}" },
	{ "websocket", "{opcode}|{length} B" },
	{ "tftp", "{packet}|{file}|{error_message}" },
	{ "ftp_data", "{command}|{filename}|{bytes} B" },
	{ "fileinfo", "{filename}|{size} B|{state}|{magic}|SHA-256 {sha256}" },
	{ "anomaly", "{app_proto}|{type}|{event}" },
};

void
phrase_word(struct buf *out, const char *before, const json_t *value, const char *after)
{
	char number[32];

	if (json_is_array(value))
		value = json_array_get(value, 0);
	if (!json_is_string(value) && !json_is_integer(value))
		return;
	if (json_is_string(value) && !json_string_length(value))
		return;
	(void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	const char *text = json_is_string(value) ? json_string_value(value) : number;
	if (out->len)
		buf_add(out, " ", 1);
	buf_add(out, before, strlen(before));
	buf_add(out, text, strlen(text));
	buf_add(out, after, strlen(after));
}

/* As cli_at(), through the first element of lists. */
static const json_t *
at(const json_t *value, const char *path)
{
	char key[64];

	while (value && *path) {
		size_t n = strcspn(path, ".");
		(void)snprintf(key, sizeof(key), "%.*s", (int)n, path);
		value =
		    json_object_get(json_is_array(value) ? json_array_get(value, 0) : value, key);
		path += n + (path[n] == '.');
	}
	return value;
}

/* One part of a phrase, `n` bytes: "→ {status}". */
static void
part(struct buf *out, const json_t *event, const char *type, const char *text, size_t n)
{
	char before[24], path[96], after[24];
	const char *open = memchr(text, '{', n), *close = memchr(text, '}', n);

	if (!open || !close)
		return;
	(void)snprintf(before, sizeof(before), "%.*s", (int)(open - text), text);
	(void)snprintf(after, sizeof(after), "%.*s", (int)(text + n - close - 1), close + 1);
	if (open[1] == '/')
		(void)snprintf(path, sizeof(path), "%.*s", (int)(close - open - 2), open + 2);
	else
		(void)snprintf(
		    path, sizeof(path), "%s.%.*s", type, (int)(close - open - 1), open + 1);
	phrase_word(out, before, at(event, path), after);
}

/* The first attributes of an entry that was found. */
static void
ldap_entry(struct buf *out, const json_t *event)
{
	static const char attributes[] = "ldap.responses.search_result_entry.attributes";
	const json_t *one;
	char name[72];
	size_t i;

	json_array_foreach((json_t *)at(event, attributes), i, one)
	{
		const char *type = json_string_value(json_object_get(one, "type"));
		if (!type || i == ATTRIBUTES)
			break;
		(void)snprintf(name, sizeof(name), "%.60s=", type);
		phrase_word(out, name, json_object_get(one, "values"), "");
	}
}

bool
phrase_say(struct buf *out, const json_t *event, const char *type)
{
	const char *text = NULL;

	for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++)
		if (strcmp(type, phrases[i].type) == 0)
			text = phrases[i].text;
	while (text && *text) {
		size_t n = strcspn(text, "|");
		part(out, event, type, text, n);
		text += n + (text[n] == '|');
	}
	if (strcmp(type, "ldap") == 0)
		ldap_entry(out, event);
	return text != NULL;
}

const char *
phrase_type(size_t i)
{
	return i < sizeof(phrases) / sizeof(*phrases) ? phrases[i].type : NULL;
}
