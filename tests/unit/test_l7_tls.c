/* SPDX-License-Identifier: Apache-2.0 */
/* l7_tls and l7_der: hellos, GREASE, fingerprints against published values, a certificate's fields.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probe/l7/der.h"
#include "probe/l7/parse.h"
#include "probe/l7/tls.h"

#define BYTES(text) ((struct view){ (const uint8_t *)(text), sizeof(text) - 1 })
#define RANDOM "01234567890123456789012345678901"

/* GREASE everywhere it is sent; TLS 1.3 offered; SNI, ALPN h2, one group, one point format. */
static const char client[] = "\3\3" RANDOM "\0"
			     "\0\6\x0a\x0a\x13\1\xc0\x2b\1\0\0\x40"
			     "\x1a\x1a\0\0"
			     "\0\0\0\x0e\0\x0c\0\0\x09test.lab1"
			     "\0\x0a\0\6\0\4\x2a\x2a\0\x1d"
			     "\0\x0b\0\2\1\0"
			     "\0\x10\0\5\0\3\2h2"
			     "\0\x0d\0\4\0\2\4\3"
			     "\0\x2b\0\5\4\x3a\x3a\3\4";
static const char server[] = "\3\3" RANDOM "\0\xc0\x2b\0\0\x05\xff\1\0\1\0";

static void
client_hello_without_grease(void **state)
{
	(void)state;
	struct tls_hello h;
	char text[256];
	uint8_t md5[16];
	assert_true(tls_client_hello(BYTES(client), &h) > 0);
	assert_int_equal(h.selected, 0x0304);
	assert_true(view_is(h.sni, "test.lab1"));
	struct cursor c = cursor_of_view(h.alpn);
	struct view name;
	assert_true(tls_alpn(&c, &name) && view_is(name, "h2"));
	size_t n = tls_ja3(&h, text, sizeof(text), md5);
	assert_int_equal(n, strlen("771,4865-49195,0-10-11-16-13-43,29,0"));
	assert_memory_equal(text, "771,4865-49195,0-10-11-16-13-43,29,0", n);
	assert_int_equal(tls_ja3(&h, text, 10, md5), 0);
}

/* JA4's own example (FoxIO, technical_details/JA4.md): a Chrome hello. */
static void
ja4_of_the_published_example(void **state)
{
	(void)state;
	static const uint16_t ciphers[] = { 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
		0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035 };
	static const uint16_t extensions[] = { 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017,
		0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015 };
	static const char signatures[] = "\4\3\x08\4\4\1\5\3\x08\5\5\1\x08\6\6\1";
	uint8_t cipher_bytes[30], extension_bytes[64];
	char ja4[TLS_JA4_TEXT];
	for (size_t i = 0; i < 15; i++) {
		cipher_bytes[2 * i] = (uint8_t)(ciphers[i] >> 8);
		cipher_bytes[2 * i + 1] = (uint8_t)ciphers[i];
	}
	memset(extension_bytes, 0, sizeof(extension_bytes));
	for (size_t i = 0; i < 16; i++) {
		extension_bytes[4 * i] = (uint8_t)(extensions[i] >> 8);
		extension_bytes[4 * i + 1] = (uint8_t)extensions[i];
	}
	struct tls_hello h = { .version = 0x0303,
		.selected = 0x0304,
		.ciphers = { cipher_bytes, sizeof(cipher_bytes) },
		.extensions = { extension_bytes, sizeof(extension_bytes) },
		.alpn = BYTES("\2h2\x08http/1.1"),
		.signatures = BYTES(signatures) };
	tls_ja4(&h, 't', ja4);
	assert_string_equal(ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

static void
server_hello_and_retry(void **state)
{
	(void)state;
	struct tls_hello h;
	char text[64];
	uint8_t md5[16];
	assert_true(tls_server_hello(BYTES(server), &h) > 0);
	assert_int_equal(h.cipher, 0xc02b);
	assert_false(h.retry);
	size_t n = tls_ja3s(&h, text, sizeof(text), md5);
	assert_memory_equal(text, "771,49195,65281", n);
	for (size_t cut = 0; cut < 37; cut++)
		assert_int_equal(
		    tls_server_hello((struct view){ (const uint8_t *)server, cut }, &h), L7_BAD);
}

static void
records_and_messages(void **state)
{
	(void)state;
	struct tls_record r;
	struct tls_message m;
	assert_int_equal(tls_record(BYTES("\x16\3\1\0"), &r), L7_MORE);
	assert_int_equal(tls_record(BYTES("\x16\3\1\0\3ab"), &r), L7_MORE);
	assert_int_equal(tls_record(BYTES("\x16\3\1\0\2abc"), &r), 7);
	assert_int_equal(tls_record(BYTES("\x16\2\1\0\2ab"), &r), L7_BAD);
	assert_int_equal(tls_record(BYTES("\x16\1\1\0\2ab"), &r), 7); /* TLCP */
	assert_int_equal(r.version, TLS_VERSION_TLCP);
	assert_int_equal(tls_record(BYTES("\x16\1\2\0\2ab"), &r), L7_BAD);
	assert_int_equal(tls_record(BYTES("\x16\3\1\xff\xff"), &r), L7_BAD);
	assert_int_equal(tls_record(BYTES("GET / HTTP/1.1"), &r), L7_BAD);
	assert_int_equal(tls_message(BYTES("\1\0\0\2a"), &m), L7_MORE);
	assert_int_equal(tls_message(BYTES("\1\0\0\2abc"), &m), 6);
}

static void
ssl2_client_hello(void **state)
{
	(void)state;
	struct tls_hello h;
	assert_int_equal(tls_ssl2_hello(BYTES("\x80\x1c\1\0\2\0\3\0\0\0\x10\1\0\x80"
					      "0123456789012345"),
			     &h),
	    30);
	assert_int_equal(h.version, 2);
	assert_int_equal(tls_ssl2_hello(BYTES("\x80\x1d\1\0\2\0\3\0\0\0\x10\1\0\x80"), &h), L7_BAD);
}

static void
version_names(void **state)
{
	(void)state;
	char out[24];
	assert_string_equal(tls_version_text(0x0301, out), "TLSv1");
	assert_string_equal(tls_version_text(TLS_VERSION_TLCP, out), "TLCP 1.1");
	assert_string_equal(tls_version_text(0x0304, out), "TLS 1.3");
	assert_string_equal(tls_version_text(0x7f1c, out), "TLS 1.3 draft-28");
	assert_string_equal(tls_version_text(0x1234, out), "0x1234");
	assert_string_equal(tls_version_text(0, out), "UNDETERMINED");
}

/* TBSCertificate with serial 0a0b, issuer C=CN + O=Unit, validity 1999..2051, subject CN in
 * BMPString. */
static const uint8_t certificate[] = { 0x30, 0x81, 0x9c, 0x30, 0x81, 0x99, 0xa0, 0x03, 0x02, 0x01,
	0x02, 0x02, 0x02, 0x0a, 0x0b, 0x30, 0x03, 0x06, 0x01, 0x2a, 0x30, 0x1e, 0x31, 0x0d, 0x30,
	0x0b, 0x06, 0x03, 0x55, 0x04, 0x06, 0x13, 0x04, 0x43, 0x4e, 0x2f, 0x78, 0x31, 0x0d, 0x30,
	0x0b, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x04, 0x55, 0x6e, 0x69, 0x74, 0x30, 0x20, 0x17,
	0x0d, 0x39, 0x39, 0x31, 0x32, 0x33, 0x31, 0x32, 0x33, 0x35, 0x39, 0x35, 0x39, 0x5a, 0x18,
	0x0f, 0x32, 0x30, 0x35, 0x31, 0x30, 0x31, 0x30, 0x32, 0x30, 0x33, 0x30, 0x34, 0x30, 0x35,
	0x5a, 0x30, 0x1c, 0x31, 0x1a, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x04, 0x03, 0x1e, 0x04, 0x6d,
	0x4b, 0x00, 0x61, 0x30, 0x0b, 0x06, 0x03, 0x2a, 0x03, 0x04, 0x0c, 0x04, 0x6f, 0x64, 0x64,
	0x21, 0x30, 0x00, 0xa3, 0x27, 0x30, 0x25, 0x30, 0x23, 0x06, 0x03, 0x55, 0x1d, 0x11, 0x04,
	0x1c, 0x30, 0x1a, 0x82, 0x05, 0x61, 0x2e, 0x6c, 0x61, 0x62, 0x87, 0x04, 0xc0, 0x00, 0x02,
	0x01, 0x82, 0x05, 0x62, 0x2e, 0x6c, 0x61, 0x62, 0x81, 0x04, 0x78, 0x40, 0x79, 0x7a };

static void
certificate_fields(void **state)
{
	(void)state;
	struct x509 x;
	char text[100];
	uint8_t kind;
	struct view name;
	assert_true(x509_parse((struct view){ certificate, sizeof(certificate) }, &x));
	assert_memory_equal(x.serial.ptr, "\x0a\x0b", 2);
	size_t n = x509_name_text(x.issuer, text, sizeof(text));
	assert_memory_equal(text, "C=CN/x, O=Unit", n);
	assert_int_equal(n, 14);
	n = x509_name_text(x.subject, text, sizeof(text));
	assert_int_equal(n, strlen("CN=测a + 1.2.3.4=odd!"));
	assert_memory_equal(text, "CN=测a + 1.2.3.4=odd!", n);
	assert_int_equal(x509_name_text(x.issuer, text, 5), 5);
	assert_int_equal(x.not_before, 946684799);
	assert_int_equal(x.not_after, 2556241445);
	assert_true(der_cut((struct view){ certificate, 2 }));
	assert_false(der_cut((struct view){ certificate, 40 }));
	assert_true(
	    der_cut((struct view){ (const uint8_t *)"\x30\5\x30\x84\xff\xff\xff\xfa\4", 9 }));
	assert_false(
	    der_cut((struct view){ (const uint8_t *)"\x30\6\x30\x84\xff\xff\xff\xfa\4", 9 }));
	uint8_t zoned[sizeof(certificate)]; /* a UTCTime of 15 octets: no seconds, a zone */
	memcpy(zoned, certificate, sizeof(zoned));
	uint8_t *at = zoned;
	while (memcmp(at, "20510102030405Z", 15) != 0)
		at++;
	at[-2] = 0x17;
	memcpy(at, "5001020304-0130", 15);
	assert_true(x509_parse((struct view){ zoned, sizeof(zoned) }, &x));
	assert_int_equal(x.not_after, -631054560 + 5400);
	assert_true(x509_parse((struct view){ certificate, sizeof(certificate) }, &x));
	struct cursor c = cursor_of_view(x.san);
	assert_true(x509_san(&c, &kind, &name) && kind == X509_SAN_DNS && view_is(name, "a.lab"));
	assert_true(x509_san(&c, &kind, &name) && kind == X509_SAN_IP && name.len == 4);
	assert_true(x509_san(&c, &kind, &name) && view_is(name, "b.lab"));
	assert_true(x509_san(&c, &kind, &name) && kind == X509_SAN_EMAIL);
	assert_false(x509_san(&c, &kind, &name));
	for (size_t cut = 0; cut < sizeof(certificate); cut++)
		assert_false(x509_parse((struct view){ certificate, cut }, &x));
}

/* TLCP servers send two of their own. */
static void
certificates(void **state)
{
	const char list[] = "\0\0\x0b\0\0\3abc\0\0\2de";
	struct view v;

	(void)state;
	assert_int_equal(tls_certificate(BYTES(list), 0, &v), 14);
	assert_int_equal(v.len, 3);
	assert_memory_equal(v.ptr, "abc", 3);
	assert_int_equal(tls_certificate(BYTES(list), 1, &v), 14);
	assert_int_equal(v.len, 2);
	assert_memory_equal(v.ptr, "de", 2);
	assert_int_equal(tls_certificate(BYTES(list), 2, &v), 14);
	assert_null(v.ptr);
	assert_int_equal(tls_certificate(BYTES("\0\0\0"), 0, &v), 3);
	assert_null(v.ptr);
	assert_int_equal(tls_certificate(BYTES("\0\0\4\0\0\3a"), 0, &v), L7_BAD);
	assert_int_equal(tls_certificate(BYTES("\0\0\6\0\0\2ab\0"), 1, &v), L7_BAD);
}

static void
suites(void **state)
{
	char out[8];

	(void)state;
	assert_string_equal(tls_suite_text(0x1301, out), "TLS_AES_128_GCM_SHA256");
	assert_string_equal(tls_suite_text(0x00c6, out), "TLS_SM4_GCM_SM3");
	assert_string_equal(tls_suite_text(0xe011, out), "ECDHE_SM4_CBC_SM3");
	assert_string_equal(tls_suite_text(0xe013, out), "ECC_SM4_CBC_SM3");
	assert_string_equal(tls_suite_text(0xe05a, out), "RSA_SM4_GCM_SHA256");
	assert_string_equal(tls_suite_text(0x0000, out), "TLS_NULL_WITH_NULL_NULL");
	assert_string_equal(tls_suite_text(0xfafa, out), "0xfafa");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates),
		cmocka_unit_test(suites),
		cmocka_unit_test(client_hello_without_grease),
		cmocka_unit_test(ja4_of_the_published_example),
		cmocka_unit_test(server_hello_and_retry),
		cmocka_unit_test(records_and_messages),
		cmocka_unit_test(ssl2_client_hello),
		cmocka_unit_test(version_names),
		cmocka_unit_test(certificate_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
