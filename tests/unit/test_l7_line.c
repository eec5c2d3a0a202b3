/* SPDX-License-Identifier: Apache-2.0 */
/* l7_ssh and l7_ftp: greetings, KEXINIT, sizes; command and reply lines, data ports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probe/l7/ftp.h"
#include "probe/l7/parse.h"
#include "probe/l7/ssh.h"

#define BYTES(text) ((struct view){ (const uint8_t *)(text), sizeof(text) - 1 })

static void
ssh_greets(void **state)
{
	(void)state;
	struct ssh_greeting g;
	assert_int_equal(ssh_greeting(BYTES("SSH-2.0-Open"), 0, &g), L7_MORE);
	assert_int_equal(ssh_greeting(BYTES("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\nx"), 0, &g), 32);
	assert_true(view_is(g.proto, "2.0") && view_is(g.software, "OpenSSH_9.2p1"));
	assert_int_equal(ssh_greeting(BYTES("hello\r\nSSH-1.99-x\n"), 0, &g), L7_BAD);
	assert_int_equal(ssh_greeting(BYTES("hello\r\nSSH-1.99-x\n"), 3, &g), 18);
	assert_true(view_is(g.proto, "1.99"));
}

/* One name in each list keeps the text in sight. */
static void
ssh_kexinit_and_hassh(void **state)
{
	(void)state;
	struct ssh_kexinit k;
	char text[64];
	uint8_t md5[16];
	static const char rest[] =
	    "0123456789012345\0\0\0\1k\0\0\0\1h\0\0\0\2ca\0\0\0\2cb\0\0\0\2ma\0\0\0\2mb"
	    "\0\0\0\4none\0\0\0\4zlib";
	assert_true(ssh_kexinit(BYTES(rest), &k) > 0);
	size_t n = ssh_hassh(&k, 0, text, sizeof(text), md5);
	assert_int_equal(n, strlen("k;ca;ma;none"));
	assert_memory_equal(text, "k;ca;ma;none", n);
	n = ssh_hassh(&k, 1, text, sizeof(text), md5);
	assert_memory_equal(text, "k;cb;mb;zlib", n);
	assert_int_equal(ssh_hassh(&k, 1, text, 4, md5), 0);
	assert_int_equal(
	    ssh_kexinit((struct view){ (const uint8_t *)rest, sizeof(rest) - 3 }, &k), L7_BAD);
}

static void
sealed_is(const char *cipher, const char *mac, unsigned payload, unsigned want)
{
	struct ssh_kexinit k = { 0 };
	k.cipher[1] = view_of(cipher);
	k.mac[1] = view_of(mac);
	k.compression[1] = view_of("none");
	assert_int_equal(ssh_sealed(&k, &k, payload), want);
}

/* Sizes of SSH_MSG_USERAUTH_SUCCESS and _FAILURE seen with OpenSSH. */
static void
ssh_sizes_on_the_wire(void **state)
{
	(void)state;
	sealed_is("chacha20-poly1305@openssh.com", "", 1, 28);
	sealed_is("chacha20-poly1305@openssh.com", "", 24, 52);
	sealed_is("chacha20-poly1305@openssh.com", "", 17, 44);
	sealed_is("aes128-ctr", "hmac-md5", 1, 32);
	sealed_is("aes256-gcm@openssh.com", "", 1, 36);
	sealed_is("aes128-ctr", "hmac-sha2-256-etm@openssh.com", 1, 52);
	sealed_is("unheard-of", "hmac-md5", 1, 0);
}

static void
ftp_commands(void **state)
{
	(void)state;
	struct ftp_command c;
	assert_int_equal(ftp_command(BYTES("USER root"), &c), L7_MORE);
	assert_int_equal(ftp_command(BYTES("USER a b\r\nPASS"), &c), 10);
	assert_true(view_is(c.verb, "USER") && view_is(c.argument, "a b"));
	assert_int_equal(ftp_command(BYTES("quit\n"), &c), 5);
	assert_true(ftp_verb(c.verb) && !c.argument.ptr);
	assert_int_equal(ftp_command(BYTES("\1\2\3\n"), &c), L7_BAD);
	assert_false(ftp_verb(view_of("EHLO")));
}

static void
ftp_replies(void **state)
{
	(void)state;
	struct ftp_line l;
	assert_int_equal(ftp_line(BYTES("230-Hello\r\n"), &l), 11);
	assert_true(l.number == 230 && l.more && view_is(l.text, "Hello"));
	assert_int_equal(ftp_line(BYTES(" 230 inside\r\n"), &l), 13);
	assert_int_equal(l.number, 0);
	assert_true(ftp_line(BYTES("331\r\n"), &l) == 5 && l.number == 331 && !l.more);
}

static void
ftp_data_ports(void **state)
{
	(void)state;
	assert_int_equal(ftp_port(view_of("PORT"), view_of("192,0,2,1,4,1")), 1025);
	assert_int_equal(ftp_port(view_of("PASV"), view_of("Entering (192,0,2,1,4,5).")), 1029);
	assert_int_equal(ftp_port(view_of("EPSV"), view_of("ok (|||6446|)")), 6446);
	assert_int_equal(ftp_port(view_of("EPRT"), view_of("|2|2001:db8::1|5282|")), 5282);
	assert_int_equal(ftp_port(view_of("PORT"), view_of("1,2,3,4,256,1")), 0);
	assert_int_equal(ftp_port(view_of("LIST"), view_of("1,2,3,4,5,6")), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ssh_greets),
		cmocka_unit_test(ssh_kexinit_and_hassh),
		cmocka_unit_test(ssh_sizes_on_the_wire),
		cmocka_unit_test(ftp_commands),
		cmocka_unit_test(ftp_replies),
		cmocka_unit_test(ftp_data_ports),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
