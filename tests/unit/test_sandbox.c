/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox: in children that entered it, forbidden things fail or kill and allowed ones go on. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/sandbox.h"

static char folder[] = "/tmp/test_sandbox.XXXXXX";
static char inside[64], outside[64];

/* What a child is asked to do once it is inside; its exit status is the answer. */
typedef int (*deed_fn)(void);

enum { DONE = 0, REFUSED = 10, FAILED = 11, NO_ENTRY = 12 };

static int
answer(bool done)
{
	if (done)
		return DONE;
	return errno == EPERM || errno == EACCES ? REFUSED : FAILED;
}

/* Exit status of the child, or -signal. */
static int
in_child(const char *profile, const char *user, deed_fn deed)
{
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		const char *rw[] = { inside };
		const char *ro[] = { "/etc", "/no/such/folder" };
		struct sandbox_config c = { profile, user, ro, 2, rw, 1 };
		struct sandbox_report r;
		struct err e;
		if (sandbox_enter(&c, &r, &e) < 0) {
			fprintf(stderr, "%s\n", e.text);
			_exit(NO_ENTRY);
		}
		_exit(deed());
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static const char *
other_user(void)
{
	return geteuid() == 0 ? "nobody" : NULL;
}

static int
open_socket(void)
{
	return answer(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static int
run_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return answer(false);
}

static int
write_inside(void)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/file", inside);
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	return answer(fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0 && unlink(path) == 0);
}

static int
write_outside(void)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/file", outside);
	return answer(open(path, O_CREAT | O_WRONLY, 0600) >= 0);
}

static int
read_ro(void)
{
	char byte;
	int fd = open("/etc/passwd", O_RDONLY);
	return answer(fd >= 0 && read(fd, &byte, 1) == 1);
}

static int
write_ro(void)
{
	return answer(open("/etc/passwd", O_WRONLY) >= 0);
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
make_thread(void)
{
	pthread_t t;
	errno = pthread_create(&t, NULL, nothing, NULL);
	return answer(errno == 0 && pthread_join(t, NULL) == 0);
}

static int
become_root(void)
{
	return answer(setuid(0) == 0 && geteuid() == 0 && setgid(0) == 0);
}

static int
make_process(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return answer(pid > 0);
}

static bool
landlock_here(void)
{
	struct sandbox_report r;
	sandbox_kernel(&r);
	return r.landlock;
}

static bool
relaxed(void)
{
	struct sandbox_report r;
	sandbox_kernel(&r);
	return r.relaxed;
}

static void
no_new_programs(void **state)
{
	(void)state;
	const char *name, *help;
	for (unsigned i = 0; sandbox_profile(i, &name, &help); i++)
		assert_int_equal(in_child(name, other_user(), run_program), -SIGSYS);
}

static void
capture_has_no_network(void **state)
{
	(void)state;
	assert_int_equal(in_child("capture", other_user(), open_socket), REFUSED);
	assert_int_equal(in_child("ship", other_user(), open_socket), DONE);
	assert_int_equal(in_child("collector", other_user(), open_socket), DONE);
}

static void
work_goes_on(void **state)
{
	(void)state;
	const char *name, *help;
	for (unsigned i = 0; sandbox_profile(i, &name, &help); i++) {
		assert_int_equal(in_child(name, other_user(), write_inside), DONE);
		assert_int_equal(in_child(name, other_user(), read_ro), DONE);
		assert_int_equal(in_child(name, other_user(), make_thread), DONE);
	}
}

static void
files_stay_where_they_belong(void **state)
{
	(void)state;
	if (!landlock_here())
		skip();
	assert_int_equal(in_child("capture", NULL, write_inside), DONE);
	assert_int_equal(in_child("capture", NULL, write_outside), REFUSED);
	assert_int_equal(in_child("ship", NULL, write_outside), REFUSED);
	assert_int_equal(in_child("collector", NULL, write_ro), REFUSED);
}

static void
root_does_not_come_back(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child("capture", "nobody", become_root), REFUSED);
	assert_int_equal(in_child("collector", "nobody", write_ro), REFUSED);
}

static void
processes_are_not_made(void **state)
{
	(void)state;
	if (relaxed())
		skip();
	assert_int_equal(in_child("capture", other_user(), make_process), REFUSED);
}

static void
mistakes_are_said(void **state)
{
	(void)state;
	struct sandbox_report r;
	struct err e;
	struct sandbox_config c = { .profile = "no-such" };
	assert_int_equal(sandbox_enter(&c, &r, &e), -1);
	assert_string_equal(e.text, "sandbox: no profile no-such");
	if (geteuid() == 0)
		assert_int_equal(in_child("capture", "no-such-user-here", read_ro), NO_ENTRY);
}

static void
the_report(void **state)
{
	(void)state;
	char text[SANDBOX_TEXT];
	struct sandbox_report r;
	sandbox_kernel(&r);
	sandbox_text(&r, text);
	if (r.landlock)
		assert_non_null(strstr(text, "Landlock (ABI "));
	else
		assert_non_null(strstr(text, "lacking: Landlock (not in this kernel"));
	r = (struct sandbox_report){ .user = true,
		.capabilities = true,
		.no_new_privs = true,
		.landlock = true,
		.landlock_abi = 6,
		.seccomp = true };
	sandbox_text(&r, text);
	assert_string_equal(
	    text, "not root, no capabilities, no_new_privs, Landlock (ABI 6), seccomp");
}

static int
make_folders(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chmod(folder, 0755))
		return -1;
	snprintf(inside, sizeof(inside), "%s/in", folder);
	snprintf(outside, sizeof(outside), "%s/out", folder);
	if (mkdir(inside, 0700) || mkdir(outside, 0700) || chmod(inside, 0777) ||
	    chmod(outside, 0777))
		return -1;
	return 0;
}

static int
remove_folders(void **state)
{
	(void)state;
	return rmdir(inside) || rmdir(outside) || rmdir(folder) ? -1 : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_new_programs),
		cmocka_unit_test(capture_has_no_network),
		cmocka_unit_test(work_goes_on),
		cmocka_unit_test(files_stay_where_they_belong),
		cmocka_unit_test(root_does_not_come_back),
		cmocka_unit_test(processes_are_not_made),
		cmocka_unit_test(mistakes_are_said),
		cmocka_unit_test(the_report),
	};
	return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
