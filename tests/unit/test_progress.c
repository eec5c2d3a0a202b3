/* SPDX-License-Identifier: Apache-2.0 */
/* progress: the words of the line, how often it is written, and silence without a terminal. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/progress.h"

#define SECOND 1000000000ULL

static void
the_words(void **state)
{
	(void)state;
	char text[PROGRESS_TEXT];
	progress_text(text, 10 * SECOND, 1000000, 25, 100);
	assert_string_equal(text, "1000000 packets  25 %  100000/s  0:30 left");
	progress_text(text, 200 * SECOND, 400, 0, 0);
	assert_string_equal(text, "400 packets  2/s");
	progress_text(text, 0, 0, 0, 100);
	assert_string_equal(text, "0 packets  0 %  0/s");
	progress_text(text, SECOND, UINT64_MAX, UINT64_MAX / 2, UINT64_MAX);
	assert_non_null(strstr(text, " 50 %"));
	/* a file that grew while it was read */
	progress_text(text, SECOND, 5, 120, 100);
	assert_string_equal(text, "5 packets  5/s");
}

static void
quiet_without_a_terminal(void **state)
{
	(void)state;
	int fd[2];
	assert_int_equal(pipe(fd), 0);
	struct progress p;
	progress_init(&p, fd[1], 0);
	progress_show(&p, 10 * SECOND, 1, 1, 2);
	progress_clear(&p);
	close(fd[1]);
	char byte;
	assert_int_equal(read(fd[0], &byte, 1), 0);
	close(fd[0]);
}

static void
five_times_a_second(void **state)
{
	(void)state;
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) || unlockpt(master))
		skip();
	int fd = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (fd < 0)
		skip();
	struct progress p;
	progress_init(&p, fd, 0);
	for (uint64_t ms = 1; ms <= 1000; ms++)
		progress_show(&p, ms * (SECOND / 1000), ms, 0, 0);
	progress_clear(&p);
	char text[4096];
	size_t n = 0, lines = 0;
	assert_int_equal(write(fd, "#", 1), 1); /* a mark behind the last line */
	while (n < sizeof(text) - 1 && !memchr(text, '#', n)) {
		ssize_t got = read(master, text + n, sizeof(text) - 1 - n);
		assert_true(got > 0);
		n += (size_t)got;
	}
	text[n] = 0;
	for (const char *at = text; (at = strstr(at, " packets")) != NULL; at++)
		lines++;
	assert_int_equal(lines, 5);
	assert_non_null(strstr(text, "\r\x1b[K#"));
	close(fd);
	close(master);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_words),
		cmocka_unit_test(quiet_without_a_terminal),
		cmocka_unit_test(five_times_a_second),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
