/* SPDX-License-Identifier: Apache-2.0 */
/* SMB, DCERPC, NTLM and NFS: files as they stream by, gaps, pipes, hostile lengths. */
#include "l7_ics.h"
#include "lib/crypt.h"
#include "lib/hex.h"
#include "probe/l7/dcerpc.h"
#include "probe/l7/nfs.h"
#include "probe/l7/ntlm.h"

#define FILE_SIZE 20000

static char files[4096]; /* fileinfo of all that ended */

/* Little-endian numbers into a message under construction. */
struct made {
	uint8_t bytes[FILE_SIZE + 256];
	size_t n;
};

static void
put(struct made *m, uint64_t value, int size)
{
	for (int i = 0; i < size; i++)
		m->bytes[m->n++] = i < 8 ? (uint8_t)(value >> (8 * i)) : 0;
}

/* A frame and the header of an SMB2 message; done() sets the frame's length. */
static void
smb2(struct made *m, uint16_t command, uint64_t id, bool response, uint32_t next)
{
	memset(m, 0, sizeof(*m));
	put(m, 0, 4);
	memcpy(m->bytes + m->n, "\xfeSMB", 4);
	m->n += 4;
	put(m, 64, 2);
	put(m, 0, 2);
	put(m, 0, 4);
	put(m, command, 2);
	put(m, 1, 2);
	put(m, response, 4);
	put(m, next, 4);
	put(m, id, 8);
	put(m, 0, 4);
	put(m, 7, 4);
	put(m, 9, 8);
	put(m, 0, 16);
}

static void
frame(struct made *m)
{
	size_t n = m->n - 4;
	m->bytes[1] = (uint8_t)(n >> 16);
	m->bytes[2] = (uint8_t)(n >> 8);
	m->bytes[3] = (uint8_t)n;
}

static void
look_at_files(struct ics *f)
{
	size_t n, used = strlen(files);
	const struct l7_carried *c = l7_files(f->l, &n);
	for (size_t i = 0; i < n; i++) {
		struct buf out;
		struct jw w;
		buf_init(&out, 0);
		jw_init(&w, &out);
		jw_object(&w);
		l7_file_write(&c[i], &w);
		jw_object_end(&w);
		assert_true(used + out.len < sizeof(files));
		memcpy(files + used, out.ptr, out.len);
		used += out.len;
		files[used] = 0;
		buf_fini(&out);
	}
}

static void
send(struct ics *f, enum dir dir, const struct made *m, size_t piece)
{
	for (size_t at = 0; at < m->n; at += piece) {
		ics_send(f, dir, m->bytes + at, m->n - at < piece ? m->n - at : piece);
		look_at_files(f);
	}
}

static void
create(struct ics *f, struct made *m)
{
	static const char name[] = "a\0.\0b\0";
	smb2(m, 5, 1, false, 0);
	put(m, 57, 2);
	put(m, 0, 22);
	put(m, 0x120089, 4);
	put(m, 0, 8);
	put(m, 2, 4); /* FILE_CREATE */
	put(m, 0, 4);
	put(m, 64 + 56, 2);
	put(m, 6, 2);
	put(m, 0, 8);
	memcpy(m->bytes + m->n, name, 6);
	m->n += 6;
	frame(m);
	send(f, DIR_TO_SERVER, m, m->n);
	smb2(m, 5, 1, true, 0);
	put(m, 89, 2);
	put(m, 0, 2);
	put(m, 2, 4);
	put(m, 0, 32 + 8 + 8);
	put(m, 0x20, 4);
	put(m, 0, 4);
	put(m, 0x1111, 8);
	put(m, 0x2222, 8);
	put(m, 0, 8);
	frame(m);
	send(f, DIR_TO_CLIENT, m, 1);
}

static void
write_file(struct made *m)
{
	smb2(m, 9, 2, false, 0);
	put(m, 49, 2);
	put(m, 64 + 48, 2);
	put(m, FILE_SIZE, 4);
	put(m, 0, 8);
	put(m, 0x1111, 8);
	put(m, 0x2222, 8);
	put(m, 0, 16);
	for (int i = 0; i < FILE_SIZE; i++)
		m->bytes[m->n++] = (uint8_t)(i * 7);
	frame(m);
}

static void
close_file(struct ics *f, struct made *m)
{
	smb2(m, 6, 3, false, 0);
	put(m, 24, 2);
	put(m, 0, 6);
	put(m, 0x1111, 8);
	put(m, 0x2222, 8);
	frame(m);
	send(f, DIR_TO_SERVER, m, 3);
	smb2(m, 6, 3, true, 0);
	put(m, 60, 2);
	put(m, 0, 58);
	frame(m);
	send(f, DIR_TO_CLIENT, m, 5);
}

static void
a_file_has_the_digest_of_what_was_written(void **state)
{
	(void)state;
	static struct made m;
	struct ics *f = calloc(1, sizeof(*f));
	struct crypt_hash *h = crypt_hash_new((1u << CRYPT_KINDS) - 1);
	uint8_t digest[CRYPT_DIGEST_MAX];
	char text[2 * CRYPT_DIGEST_MAX + 1], want[128];
	files[0] = 0;
	ics_start(f, 9445, 6);
	create(f, &m);
	write_file(&m);
	crypt_hash_add(h, m.bytes + m.n - FILE_SIZE, FILE_SIZE);
	send(f, DIR_TO_SERVER, &m, 1);
	assert_string_equal(f->odd, "");
	for (int i = 0; i < 2; i++) { /* the same place again: said once, the first one stays */
		m.bytes[m.n - 1] ^= 1;
		send(f, DIR_TO_SERVER, &m, 3);
	}
	close_file(f, &m);
	size_t n = crypt_hash_get(h, CRYPT_SHA256, digest);
	hex_text(text, digest, n);
	(void)snprintf(want, sizeof(want), "\"sha256\":\"%.64s\"", text);
	assert_non_null(strstr(files, want));
	assert_non_null(strstr(files, "\"filename\":\"a.b\",\"gaps\":false,\"state\":\"CLOSED\""));
	assert_non_null(strstr(f->said, "\"command\":\"SMB2_COMMAND_CREATE\""));
	assert_non_null(strstr(f->said, "\"command\":\"SMB2_COMMAND_WRITE\""));
	assert_non_null(strstr(f->said, "\"command\":\"SMB2_COMMAND_CLOSE\""));
	ics_finish(f);
	assert_string_equal(f->odd, "file_overlap ");
	crypt_hash_free(h);
	free(f);
}

static void
a_gap_in_a_file_does_not_end_the_parsing(void **state)
{
	(void)state;
	static struct made m;
	struct ics *f = calloc(1, sizeof(*f));
	files[0] = 0;
	ics_start(f, 445, 6);
	create(f, &m);
	write_file(&m);
	ics_send(f, DIR_TO_SERVER, m.bytes, 9000);
	struct flow_chunk c = { .data = { m.bytes + 12000, m.n - 12000 }, .lost = 3000 };
	l7_begin(f->l);
	l7_chunk(f->l, &f->flow, NULL, &c);
	ics_collect(f);
	close_file(f, &m);
	assert_non_null(strstr(files, "\"gaps\":true,\"state\":\"CLOSED\""));
	assert_non_null(strstr(files, "\"size\":20000"));
	assert_null(strstr(files, "sha256"));
	assert_non_null(strstr(f->said, "\"command\":\"SMB2_COMMAND_CLOSE\""));
	ics_finish(f);
	free(f);
}

/* Offsets and lengths beyond the message, chains that do not end, counts that lie. */
static void
hostile_lengths(void **state)
{
	(void)state;
	static struct made m;
	for (uint16_t command = 0; command <= 18; command++) {
		for (int response = 0; response < 2; response++) {
			struct ics *f = calloc(1, sizeof(*f));
			ics_start(f, 445, 6);
			for (int fill = 0; fill < 3; fill++) {
				smb2(&m, command, (uint64_t)fill, false, fill == 2 ? 64 : 0);
				for (int i = 0; i < 120; i++)
					put(&m, fill ? 0xff : 64, 1);
				frame(&m);
				send(f, DIR_TO_SERVER, &m, 50);
				m.bytes[4 + 16] = 1;
				send(f, DIR_TO_CLIENT, &m, 50);
			}
			ics_finish(f);
			free(f);
		}
	}
}

#define BIND                                                                                       \
	"05000b0310000000480000007f000000 d016d016 00000000 01 000000"                             \
	"0000 01 00 785734123412cdabef000123456789ac 0100 0000"                                    \
	"045d888aeb1cc9119fe808002b104860 02000000"
#define BIND_ACK                                                                                   \
	"05000c03100000003c0000007f000000 d016d016 00000000 0400 31333500 0000"                    \
	"01 000000 0000 0000 045d888aeb1cc9119fe808002b104860 02000000"
#define REQUEST "05000003100000001c00000080000000 04000000 0000 0d00 01020304"
#define RESPONSE "05000203100000001c00000080000000 04000000 0000 0000 00000000"

static void
calls_have_names(void **state)
{
	(void)state;
	struct ics *f = calloc(1, sizeof(*f));
	ics_start(f, 49200, 6);
	ics_drip(f, DIR_TO_SERVER, BIND);
	ics_drip(f, DIR_TO_CLIENT, BIND_ACK);
	assert_non_null(strstr(f->said,
	    "\"request\":\"BIND\",\"response\":\"BINDACK\",\"interface\":\"samr\",\"interfaces\":"
	    "[{\"uuid\":\"12345778-1234-abcd-ef00-0123456789ac\",\"version\":\"1.0\",\"service\":"
	    "\"samr\",\"ack_result\":0,"));
	ics_drip(f, DIR_TO_SERVER, REQUEST);
	ics_drip(f, DIR_TO_CLIENT, RESPONSE);
	assert_non_null(strstr(f->said, "\"operation\":\"SamrEnumerateUsersInDomain\""));
	assert_non_null(strstr(f->said,
	    "\"req\":{\"opnum\":13,\"frag_cnt\":1,\"stub_data_size\":4},\"res\":{\"frag_cnt\":1"));
	assert_int_equal(f->events, 2);
	C(f, REQUEST);
	ics_finish(f);
	assert_non_null(strstr(f->said, "\"response\":\"UNREPLIED\""));
	assert_int_equal(f->events, 3);
	free(f);
}

/* A call written to a pipe that is not known yet, or read from it. */
static void
through_pipe(struct ics *f, uint64_t id, enum dir dir, const char *hex)
{
	static struct made m;
	uint8_t bytes[512];
	size_t n = ics_bytes(hex, bytes, sizeof(bytes));
	bool write = dir == DIR_TO_SERVER;
	smb2(&m, write ? 9 : 8, id, false, 0);
	put(&m, 49, 2);
	put(&m, write ? 64 + 48 : 0, 2);
	put(&m, write ? n : 512, 4);
	put(&m, 0, 8);
	put(&m, 0x1111, 8);
	put(&m, 0x2222, 8);
	put(&m, 0, 16);
	if (write) {
		memcpy(m.bytes + m.n, bytes, n);
		m.n += n;
	}
	frame(&m);
	send(f, DIR_TO_SERVER, &m, 11);
	smb2(&m, write ? 9 : 8, id, true, 0);
	put(&m, 17, 2);
	put(&m, write ? 0 : 64 + 16, 2);
	put(&m, n, 4);
	put(&m, 0, 8);
	if (!write) {
		memcpy(m.bytes + m.n, bytes, n);
		m.n += n;
	}
	frame(&m);
	send(f, DIR_TO_CLIENT, &m, 11);
}

#define NTLM_AT " 0a 02 0000 00000000 4e544c4d53535000"
#define BIND_NTLM                                                                                  \
	"05000b0310000000700020007f000000 d016d016 00000000 01 000000"                             \
	"0000 01 00 785734123412cdabef000123456789ac 0100 0000"                                    \
	"045d888aeb1cc9119fe808002b104860 02000000" NTLM_AT                                        \
	"01000000 00000000 0000000000000000 0000000000000000"
#define BIND_ACK_NTLM                                                                              \
	"05000c03100000007c0038007f000000 d016d016 00000000 0400 31333500 0000"                    \
	"01 000000 0000 0000 045d888aeb1cc9119fe808002b104860 02000000" NTLM_AT                    \
	"02000000 0000000038000000 00000000 0102030405060708 0000000000000000 0000000038000000"    \
	"0000000000000000"
#define AUTH3                                                                                      \
	"0500100310000000640048007f000000 00000000" NTLM_AT                                        \
	"03000000 0000000040000000 0000000040000000 0000000040000000"                              \
	"0600060040000000 0200020046000000 0000000040000000 01000000 750073007200 4800"

static void
login_inside_a_pipe(void **state)
{
	(void)state;
	struct ics *f = calloc(1, sizeof(*f));
	ics_start(f, 445, 6);
	through_pipe(f, 1, DIR_TO_SERVER, BIND_NTLM);
	through_pipe(f, 2, DIR_TO_CLIENT, BIND_ACK_NTLM);
	assert_null(strstr(f->said, "BINDACK")); /* its login is not over */
	through_pipe(f, 3, DIR_TO_SERVER, AUTH3);
	assert_non_null(strstr(f->said, "\"request\":\"BIND\",\"response\":\"BINDACK\""));
	assert_non_null(strstr(f->said, "\"user\":\"usr\",\"host\":\"H\""));
	int events = f->events;
	through_pipe(f, 4, DIR_TO_SERVER, REQUEST);
	through_pipe(f, 5, DIR_TO_CLIENT, RESPONSE);
	assert_non_null(strstr(f->said, "\"operation\":\"SamrEnumerateUsersInDomain\""));
	assert_int_equal(f->events, events + 1);
	ics_finish(f);
	free(f);
}

static void
after_a_gap_calls_are_found_again(void **state)
{
	(void)state;
	struct ics *f = calloc(1, sizeof(*f));
	ics_start(f, 135, 6);
	C(f, BIND);
	S(f, BIND_ACK);
	ics_lose(f, DIR_TO_SERVER, 100, "aabbccdd" REQUEST);
	S(f, RESPONSE);
	assert_int_equal(f->events, 2);
	ics_finish(f);
	free(f);
}

static void
ntlm_names_and_a_text_outside(void **state)
{
	(void)state;
	static const char hex[] =
	    "4e544c4d53535000 03000000 0000000040000000 0000000040000000 0400040040000000"
	    "0600060044000000 020002004a000000 0000000040000000 01000000 41004200 750073007200 "
	    "4800";
	uint8_t bytes[128];
	char room[100];
	size_t n = ics_bytes(hex, bytes, sizeof(bytes));
	struct ntlm m;
	struct ntlm_text t;
	struct ntlm_room left = { room, sizeof(room) };
	assert_true(ntlm_parse((struct view){ bytes, n }, &m));
	ntlm_texts(&m, &left, &t);
	assert_true(view_is(t.domain, "AB"));
	assert_true(view_is(t.user, "usr"));
	assert_true(view_is(t.host, "H"));
	assert_false(t.warning);
	assert_true(ntlm_parse((struct view){ bytes, n - 1 }, &m));
	assert_true(m.warning);
	for (size_t cut = 0; cut < n; cut++)
		(void)ntlm_parse((struct view){ bytes, cut }, &m);
	assert_false(ntlm_parse((struct view){ bytes, 11 }, &m));
}

#define LOOKUP                                                                                     \
	"80000050 00000007 00000000 00000002 000186a3 00000003 00000003"                           \
	"00000001 00000014 00000001 00000002 68310000 000003e8 000003e9"                           \
	"00000000 00000000 00000004 aabbccdd 00000003 612e6200 00000000"
#define LOOKUP_ANSWER                                                                              \
	"80000028 00000007 00000001 00000000 00000000 00000000 00000000 00000000 00000004 "        \
	"01020304"                                                                                 \
	"00000000"
#define READ_CALL                                                                                  \
	"80000050 00000008 00000000 00000002 000186a3 00000003 00000006"                           \
	"00000001 00000014 00000001 00000002 68310000 000003e8 000003e9"                           \
	"00000000 00000000 00000004 aabbccdd 00000000 00000000 00001000"
#define READ_ANSWER                                                                                \
	"80000030 00000008 00000001 00000000 00000000 00000000 00000000 00000000 00000000 "        \
	"00000003 00000001 00000003 61626300"

static void
nfs_calls_and_their_handles(void **state)
{
	(void)state;
	struct ics *f = calloc(1, sizeof(*f));
	ics_start(f, 20490, 6);
	ics_drip(f, DIR_TO_SERVER, LOOKUP);
	ics_drip(f, DIR_TO_CLIENT, LOOKUP_ANSWER);
	assert_int_equal(f->events, 1);
	assert_non_null(
	    strstr(f->said, "\"creds\":{\"machine_name\":\"h1\",\"uid\":1000,\"gid\":1001}"));
	assert_non_null(
	    strstr(f->said, "\"procedure\":\"LOOKUP\",\"filename\":\"a.b\",\"hhash\":\""));
	assert_non_null(strstr(f->said, "\"status\":\"OK\""));
	ics_finish(f);
	assert_string_equal(f->odd, "");
	free(f);
	/* a READ, whose record begins with its answer */
	f = calloc(1, sizeof(*f));
	ics_start(f, 20491, 6);
	ics_drip(f, DIR_TO_SERVER, READ_CALL);
	ics_drip(f, DIR_TO_CLIENT, READ_ANSWER);
	ics_finish(f);
	assert_non_null(
	    strstr(f->said, "\"creds\":{\"machine_name\":\"h1\",\"uid\":1000,\"gid\":1001}"));
	assert_non_null(strstr(f->said, "\"chunks\":1,\"bytes_to\":3}"));
	free(f);
	/* the check value of CRC-32 */
	assert_int_equal(nfs_handle_hash(view_of("123456789")), 0xcbf43926);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_the_digest_of_what_was_written),
		cmocka_unit_test(a_gap_in_a_file_does_not_end_the_parsing),
		cmocka_unit_test(hostile_lengths),
		cmocka_unit_test(calls_have_names),
		cmocka_unit_test(login_inside_a_pipe),
		cmocka_unit_test(after_a_gap_calls_are_found_again),
		cmocka_unit_test(ntlm_names_and_a_text_outside),
		cmocka_unit_test(nfs_calls_and_their_handles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
