/* SPDX-License-Identifier: Apache-2.0 */
/* Keywords of protocols: what their values mean, and what is refused. The transactions are made up;
 * that the parsers fill them is for the tests of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_fake.h"
#include "probe/match_state.h"

static const struct match_config config = { 16, 16, 64, HASH_KEY_FIXED, NULL, NULL };

/* A transaction with one number or one buffer; the rule fires on it or not. */
struct yesno {
	const char *proto;
	uint8_t of; /* enum l7_proto */
	int number; /* enum l7_number, -1: none */
	uint64_t value;
	int buffer; /* enum l7_buffer, -1: none */
	const char *text;
	const char *options;
	bool yes;
};

#define NUM(proto, OF, ENUM, value, options, yes)                                                  \
	{                                                                                          \
		proto, L7_##OF, L7_NUM_##ENUM, value, -1, NULL, options, yes                       \
	}
#define BUF(proto, OF, ENUM, text, options, yes)                                                   \
	{                                                                                          \
		proto, L7_##OF, -1, 0, L7_BUF_##ENUM, text, options, yes                           \
	}

static const struct yesno cases[] = {
	NUM("tls", TLS, TLS_VERSION, 0x0303, "tls.version:1.2;", true),
	NUM("tls", TLS, TLS_VERSION, 0x0303, "tls.version:1.3;", false),
	NUM("tls", TLS, TLS_VERSION, 0x7f1c, "tls.version:1.3;", true),
	NUM("tls", TLS, TLS_VERSION, 0x7f12, "tls.version:0x7f12;", true),
	NUM("tls", TLS, TLS_VERSION, 0x0300, "ssl_version:sslv2,sslv3;", true),
	NUM("tls", TLS, TLS_VERSION, 0x0300, "ssl_version:!sslv2,!sslv3;", false),
	NUM("tls", TLS, TLS_VERSION, 0x0303, "ssl_version:!sslv2,!sslv3;", true),
	NUM("tls", TLS, TLS_STATE, 2, "ssl_state:client_hello|server_hello;", true),
	NUM("tls", TLS, TLS_STATE, 1, "ssl_state:!client_hello;", false),
	NUM("tls", TLS, TLS_NOT_AFTER, 1445468400, "tls_cert_notafter:2015-10-21T23:00:00;", true),
	NUM("tls", TLS, TLS_NOT_AFTER, 1445468400, "tls_cert_notafter:>2015-10;", true),
	NUM("tls", TLS, TLS_NOT_AFTER, 1445468400, "tls_cert_notafter:<2015;", false),
	NUM("tls", TLS, TLS_NOT_BEFORE, 1445468400, "tls_cert_notbefore:2015<>2016;", true),
	NUM("tls", TLS, TLS_NOT_AFTER, 1445468400, "tls_cert_expired;", true),
	NUM("tls", TLS, TLS_NOT_AFTER, 1945468400, "tls_cert_expired;", false),
	NUM("tls", TLS, TLS_NOT_AFTER, 1945468400, "tls_cert_valid;", true),
	BUF("tls", TLS, TLS_CERT_SUBJECT, "C=FR, CN=x", "tls.subject:\"CN=x\";", true),
	BUF("tls", TLS, TLS_CERT_SUBJECT, "C=FR, CN=x", "tls.subject:\"CN=X\";", false),
	BUF("tls", TLS, TLS_CERT_ISSUER, "C=FR, CN=x", "tls.issuerdn:!\"CN=x\";", false),
	BUF("tls", TLS, JA3_HASH, "0123456789abcdef0123456789abcdef",
	    "ja3_hash; content:\"0123456789ABCDEF0123456789ABCDEF\";", true),
	BUF("ssh", SSH, SSH_PROTO, "1.99", "ssh.protoversion:2_compat;", true),
	BUF("ssh", SSH, SSH_PROTO, "1.5", "ssh.protoversion:2_compat;", false),
	BUF("ssh", SSH, SSH_SOFTWARE, "OpenSSH_9", "ssh.softwareversion:\"OpenSSH\";", true),
	NUM("dns", DNS, DNS_RCODE, 3, "dns.rcode:nxdomain;", true),
	NUM("dns", DNS, DNS_RCODE, 3, "dns.rcode:!3;", false),
	NUM("dns", DNS, DNS_RRTYPE, 16, "dns.rrtype:TXT;", true),
	NUM("dcerpc", DCERPC, DCERPC_OPNUM, 17, "dcerpc.opnum:15-17;", true),
	NUM("dcerpc", DCERPC, DCERPC_OPNUM, 18, "dcerpc.opnum:1,15-17;", false),
	NUM("dcerpc", DCERPC, DCERPC_OPNUM, 18, "dcerpc.opnum:>15;", true),
	BUF("dcerpc", DCERPC, DCERPC_IFACE, "367abb81-9844-35f1-ad32-98f038001003",
	    "dce_iface:367ABB81-9844-35f1-ad32-98f038001003;", true),
	BUF("dcerpc", DCERPC, DCERPC_IFACE, "367abb81-9844-35f1-ad32-98f038001003",
	    "dcerpc.iface:367abb81-9844-35f1-ad32-98f038001003,=0,any_frag;", true),
	BUF("dcerpc", DCERPC, DCERPC_IFACE, "367abb81-9844-35f1-ad32-98f038001003",
	    "dcerpc.iface:367abb81-9844-35f1-ad32-98f038001003,>0;", false),
	BUF("dcerpc", DCERPC, DCERPC_IFACE, "367abb81-9844-35f1-ad32-98f038001003",
	    "dcerpc.iface:367abb81-9844-35f1-ad32-98f038001004;", false),
	NUM("ftp", FTP, FTP_MODE, 1, "ftp.mode:active;", true),
	NUM("ftp", FTP, FTP_REPLY_RECEIVED, 1, "ftp.reply_received:no;", false),
	NUM("nfs", NFS, NFS_PROCEDURE, 3 << 16 | 17, "nfs_procedure:17;", true),
	NUM("nfs", NFS, NFS_PROCEDURE, 3 << 16 | 1, "nfs_procedure:getattr;", true),
	NUM("nfs", NFS, NFS_PROCEDURE, 4 << 16 | 9, "nfs_procedure:getattr;", true),
	NUM("nfs", NFS, NFS_PROCEDURE, 4 << 16 | 1, "nfs_procedure:getattr;", false),
	NUM("nfs", NFS, NFS_PROCEDURE, 3 << 16 | 4, "nfs_procedure:4-6;", true),
	NUM("krb5", KRB5, KRB5_TICKET_ENCRYPTION, 23, "krb5.ticket_encryption:rc4-hmac;", true),
	NUM("krb5", KRB5, KRB5_TICKET_ENCRYPTION, 18, "krb5.ticket_encryption:17,23;", false),
	NUM("krb5", KRB5, KRB5_TICKET_ENCRYPTION, 18, "krb5.ticket_encryption:!17,23;", true),
	NUM("krb5", KRB5, KRB5_TICKET_WEAK, 1, "krb5.ticket_encryption:weak;", true),
	NUM("ike", IKE, IKE_CHOSEN, 1ull << 48 | 2ull << 32 | 2,
	    "ike.chosen_sa_attribute:alg_hash=2;", true),
	NUM("ike", IKE, IKE_CHOSEN, 1ull << 48 | 2ull << 32 | 2,
	    "ike.chosen_sa_attribute:alg_enc=2;", false),
	NUM("ike", IKE, IKE_CHOSEN, 2ull << 48 | 2ull << 32 | 5,
	    "ike.chosen_sa_attribute:alg_prf=5;", true),
	NUM("ldap", LDAP, LDAP_RESPONSES_OPERATION, 5,
	    "ldap.responses.operation:search_result_done,-1;", true),
	NUM("ldap", LDAP, LDAP_RESPONSES_OPERATION, 5,
	    "ldap.responses.operation:search_result_done,1;", false),
	NUM("ldap", LDAP, LDAP_RESPONSES_RESULT_CODE, 49,
	    "ldap.responses.result_code:invalid_credentials,all;", true),
	NUM("mqtt", MQTT, MQTT_FLAGS, 1, "mqtt.flags:retain,!dup;", true),
	NUM("mqtt", MQTT, MQTT_FLAGS, 9, "mqtt.flags:retain,!dup;", false),
	NUM("mqtt", MQTT, MQTT_CONNECT_FLAGS, 0xc2, "mqtt.connect.flags:username,password;", true),
	NUM("mqtt", MQTT, MQTT_TYPE, 3, "mqtt.type:PUBLISH;", true),
	NUM("websocket", WEBSOCKET, WEBSOCKET_FLAGS, 0x80, "websocket.flags:fin,!comp;", true),
	NUM("websocket", WEBSOCKET, WEBSOCKET_FLAGS, 0x80, "websocket.flags:&0x40=0x40;", false),
	NUM("modbus", MODBUS, MODBUS_FUNCTION, 90, "modbus:function reserved;", true),
	NUM("modbus", MODBUS, MODBUS_FUNCTION, 3, "modbus:function !assigned;", false),
	NUM("modbus", MODBUS, MODBUS_FUNCTION, 3, "modbus:function 3;", true),
	NUM("modbus", MODBUS, MODBUS_ACCESS, 0x102, "modbus:access write holding;", true),
	NUM("modbus", MODBUS, MODBUS_ACCESS, 0x102, "modbus:access write coils;", false),
	NUM("modbus", MODBUS, MODBUS_ACCESS, 0x102, "modbus:access read;", false),
	NUM("modbus", MODBUS, MODBUS_UNIT, 10, "modbus:unit <11, access read;", false),
	NUM("modbus", MODBUS, MODBUS_UNIT, 10, "modbus:unit 10;", true),
	NUM("dnp3", DNP3, DNP3_OBJ, 12 << 8 | 1, "dnp3_obj:12,1;", true),
	NUM("dnp3", DNP3, DNP3_OBJ, 12 << 8 | 1, "dnp3_obj:12,2;", false),
	NUM("dnp3", DNP3, DNP3_IND, 0x80, "dnp3_ind:need_time,device_restart;", true),
	NUM("dnp3", DNP3, DNP3_FUNC, 13, "dnp3_func:cold_restart;", true),
	NUM("enip", ENIP, ENIP_CIP_SERVICE, 16 | 246 << 8 | 6 << 24, "cip_service:16,246,6;", true),
	NUM("enip", ENIP, ENIP_CIP_SERVICE, 16 | 246 << 8 | 6 << 24, "cip_service:16;", true),
	NUM("enip", ENIP, ENIP_CIP_SERVICE, 16 | 246 << 8 | 6 << 24, "cip_service:16,245;", false),
	NUM("enip", ENIP, ENIP_COMMAND, 0x63, "enip_command:list_identity;", true),
};

static void
values_mean_what_they_say(void **state)
{
	static const uint8_t all = L7_READY_UP | L7_READY_DOWN;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct yesno *y = &cases[i];
		struct fake_problems problems = { .n = 0 };
		struct fake_tx data = { 0 };
		struct flow flow = { 0 };
		struct alert_list out = { 0 };
		char rule[512];
		int n = snprintf(rule, sizeof(rule),
		    "alert %s any any -> any any (msg:\"x\"; %s sid:1;)\n", y->proto, y->options);
		struct match_rules *r = fake_load(rule, (size_t)n, &problems, NULL);
		if (problems.n)
			fail_msg("%s: %s", y->options, problems.item[0].reason);
		if (y->number >= 0)
			data.number[y->number] = y->value;
		if (y->buffer >= 0)
			data.buffer[y->buffer] =
			    (struct view){ (const uint8_t *)y->text, strlen(y->text) };
		const struct l7_tx tx = { .proto = y->of, .ready = all, .has = all, .data = &data };
		struct packet p = fake_packet(6, "raw", 3);
		struct match *m = match_new(&config, r);
		fake_proto = y->of;
		match_packet(m, &p, &flow, DIR_TO_SERVER, NULL, 0, &tx, 1, &out);
		if ((out.n > 0) != y->yes)
			fail_msg("%s on %s should %sfire", y->options, y->text ? y->text : "number",
			    y->yes ? "" : "not ");
		match_flow_free(m, &flow);
		match_free(m);
		match_rules_free(r);
	}
}

struct wrong {
	const char *proto, *options, *reason;
};

static const struct wrong wrongs[] = {
	{ "tls", "tls.version:1.5;", "no version of TLS" },
	{ "tls", "ssl_version:!tls1.2,sslv3;", "all with ! or none" },
	{ "tls", "ssl_state:hello;", "no state of a handshake" },
	{ "tls", "tls_cert_notafter:!2015;", "no date" },
	{ "tls", "tls_cert_notafter:2015-13;", "no date" },
	{ "tls", "ja3.hash; content:\"abc\";", "32 characters" },
	{ "tls", "tls.fingerprint:\"90:86\";", "59 characters" },
	{ "tls", "tls.sni; content:\"a\"; ja3s.hash; content:\"b\";", "looks the other way" },
	{ "dns", "ja3.string; content:\"a\";", "another protocol" },
	{ "ssh", "ssh.protoversion:x;", "no version of SSH" },
	{ "dcerpc", "dcerpc.iface:1234;", "no UUID" },
	{ "dcerpc", "dcerpc.iface:367abb81-9844-35f1-ad32-98f038001003,1;", "no version" },
	{ "krb5", "krb5.ticket_encryption:strong;", "no encryption type" },
	{ "ike", "ike.chosen_sa_attribute:alg_hash;", "no attribute" },
	{ "ldap", "ldap.responses.operation:0,first;", "no index" },
	{ "mqtt", "mqtt.type:HELLO;", "no comparison" },
	{ "modbus", "modbus:access write input;", "not understood" },
	{ "modbus", "modbus:subfunction 4;", "not understood" },
	{ "dnp3", "dnp3_obj:12;", "no object" },
	{ "dnp3", "dnp3_ind:nothing;", "no indication" },
	{ "enip", "cip_service:16,246,6,1;", "no service" },
	{ "dns", "frame:hdr; content:\"a\";", "no frame is called \"hdr\" here" },
	{ "ssh", "frame:dns.pdu; content:\"a\";", "no frame is called" },
	{ "tcp", "frame:pdu; content:\"a\";", "more than one protocol" },
	{ "sip", "frame:pdu; content:\"a\"; frame:request.line; content:\"b\";", "one by one" },
	{ "sip", "frame:pdu; content:\"a\"; sip.method; content:\"b\";", "about transactions" },
	{ "sip", "content:\"b\"; frame:pdu; content:\"a\";", "cannot look into payload" },
	{ "sip", "frame:pdu;", "nothing is looked for" },
};

/* A frame of a type, its bytes, and whether the rule fires; `old` bytes were looked at before. */
static const struct {
	uint8_t type, dir;
	const char *bytes;
	size_t old;
	bool ends;
	const char *proto, *options;
	bool yes;
} framed[] = {
	{ L7_FRAME_DNS_PDU, 0, "query", 0, true, "dns", "frame:pdu; content:\"quer\";", true },
	{ L7_FRAME_DNS_PDU, 0, "query", 0, true, "tcp", "frame:dns.pdu; content:\"y\"; endswith;",
	    true },
	{ L7_FRAME_DNS_PDU, 0, "query", 0, false, "dns", "frame:pdu; content:\"y\"; endswith;",
	    false },
	{ L7_FRAME_DNS_PDU, 0, "query", 0, true, "dns", "frame:pdu; bsize:5; content:\"q\";",
	    true },
	{ L7_FRAME_DNS_PDU, 0, "query", 0, false, "dns", "frame:pdu; bsize:5; content:\"q\";",
	    false },
	{ L7_FRAME_DNS_PDU, 1, "query", 0, true, "dns", "flow:to_server; frame:pdu; content:\"q\";",
	    false },
	{ L7_FRAME_DNS_PDU, 0, "QUERY", 0, true, "dns",
	    "frame:pdu; to_lowercase; content:\"query\";", true },
	{ L7_FRAME_DNS_PDU, 0, "query", 0, true, "dns", "frame:pdu; bsize:>3;", true },
	{ L7_FRAME_SMB2_HDR, 0, "head", 0, true, "smb", "frame:smb2.hdr; content:\"head\";", true },
	{ L7_FRAME_SMB2_HDR, 0, "head", 0, true, "tcp", "frame:smb2.hdr; content:\"head\";", true },
	{ L7_FRAME_SMB2_HDR, 0, "head", 0, true, "smb", "frame:smb2.data; content:\"head\";",
	    false },
};

static void
frames_are_looked_into(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(framed) / sizeof(framed[0]); i++) {
		char rule[512];
		int n = snprintf(rule, sizeof(rule),
		    "alert %s any any -> any any (msg:\"x\"; %s sid:1;)\n", framed[i].proto,
		    framed[i].options);
		struct fake_problems problems = { .n = 0 };
		struct match_rules *r = fake_load(rule, (size_t)n, &problems, NULL);
		if (problems.n)
			fail_msg("%s: %s", framed[i].options, problems.item[0].reason);
		assert_true(match_rules_frames(r) != 0);
		static struct alert_list out;
		memset(&out, 0, sizeof(out));
		struct flow flow = { .id = 1 };
		const struct l7_frame two = { .type = framed[i].type,
			.proto = l7_frame_row(framed[i].type)->proto,
			.dir = framed[i].dir,
			.ends = framed[i].ends,
			.last = true,
			.first = true,
			.id = 1,
			.tx_id = -1,
			.data = { (const uint8_t *)framed[i].bytes, strlen(framed[i].bytes) } };
		const struct l7_frame all[] = { two, two };
		struct packet p = fake_packet(6, "raw", 3);
		struct match *m = match_new(&config, r);
		match_saw(m, &(struct match_seen){ .frame = all, .frame_n = 2 });
		match_packet(m, &p, &flow, DIR_TO_SERVER, NULL, 0, NULL, 0, &out);
		if (out.n != (framed[i].yes ? 2 : 0))
			fail_msg("%s on %s: %u alerts", framed[i].options, framed[i].bytes, out.n);
		if (out.n)
			assert_ptr_equal(out.item[1].frame, &all[1]);
		match_flow_free(m, &flow);
		match_free(m);
		match_rules_free(r);
	}
}

/* One that grows fires a rule once, also when what it wants comes in pieces. */
static void
growing_frames_fire_once(void **state)
{
	static const char rule[] = "alert smb any any -> any any (msg:\"x\"; frame:smb2.data; "
				   "content:\"first\"; content:\"second\"; sid:1;)\n";
	static const struct {
		const char *bytes;
		bool fires;
	} step[] = { { "first", false }, { "first and second", true },
		{ "first and second and first and second", false } };
	(void)state;
	struct match_rules *r = fake_load(rule, sizeof(rule) - 1, NULL, NULL);
	struct match *m = match_new(&config, r);
	struct flow flow = { .id = 1 };
	struct packet p = fake_packet(6, "raw", 3);
	size_t old = 0;
	for (size_t i = 0; i < 3; i++) {
		static struct alert_list out;
		memset(&out, 0, sizeof(out));
		const struct l7_frame f = { .type = L7_FRAME_SMB2_DATA,
			.proto = L7_SMB,
			.first = i == 0,
			.last = i == 2,
			.id = 7,
			.tx_id = -1,
			.old = old,
			.data = { (const uint8_t *)step[i].bytes, strlen(step[i].bytes) } };
		match_saw(m, &(struct match_seen){ .frame = &f, .frame_n = 1 });
		match_packet(m, &p, &flow, DIR_TO_SERVER, NULL, 0, NULL, 0, &out);
		assert_int_equal(out.n, step[i].fires);
		old = f.data.len;
	}
	assert_null(flow.match->waits);
	match_flow_free(m, &flow);
	match_free(m);
	match_rules_free(r);
}

static void
what_makes_no_sense_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		const struct wrong *w = &wrongs[i];
		struct fake_problems problems = { .n = 0 };
		char rule[512];
		int n = snprintf(rule, sizeof(rule),
		    "alert %s any any -> any any (msg:\"x\"; %s sid:1;)\n", w->proto, w->options);
		match_rules_free(fake_load(rule, (size_t)n, &problems, NULL));
		if (!problems.n)
			fail_msg("%s was taken", w->options);
		if (!strstr(problems.item[0].reason, w->reason))
			fail_msg("%s: %s", w->options, problems.item[0].reason);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_mean_what_they_say),
		cmocka_unit_test(frames_are_looked_into),
		cmocka_unit_test(growing_frames_fire_once),
		cmocka_unit_test(what_makes_no_sense_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
