/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock: docs.kernel.org/userspace-api/landlock.html, through raw system calls because libc has
 * no names for them. Newer access rights than the build machine's header knows are spelled out
 * here.
 */
#include "lib/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Sanitizers need calls of their own (ptrace for leaks, ...): name what is forbidden, allow the
 * rest. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RELAXED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RELAXED 1
#endif
#ifndef RELAXED
#define RELAXED 0
#endif

/* ---- system calls ---- */

/* Memory, threads, time, signals, descriptors: what any program of ours does. */
static const char *const calls_base[] = { "read", "write", "readv", "writev", "pread64", "pwrite64",
	"preadv", "pwritev", "close", "close_range", "lseek", "fstat", "newfstatat", "stat",
	"lstat", "statx", "fcntl", "ioctl", "dup", "dup2", "dup3", "pipe", "pipe2", "poll", "ppoll",
	"select", "pselect6", "epoll_create1", "epoll_create", "epoll_ctl", "epoll_wait",
	"epoll_pwait", "epoll_pwait2", "eventfd2", "timerfd_create", "timerfd_settime",
	"timerfd_gettime", "signalfd4", "mmap", "munmap", "mremap", "mprotect", "madvise", "brk",
	"msync", "mincore", "mlock", "munlock", "membarrier", "futex", "futex_waitv",
	"set_robust_list", "get_robust_list", "set_tid_address", "rseq", "sched_yield",
	"sched_getaffinity", "sched_setaffinity", "sched_getparam", "sched_getscheduler",
	"sched_get_priority_max", "sched_get_priority_min", "getcpu", "rt_sigaction",
	"rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "rt_sigpending", "rt_sigsuspend",
	"sigaltstack", "restart_syscall", "kill", "tgkill", "tkill", "wait4", "waitid", "exit",
	"exit_group", "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid",
	"getresuid", "getresgid", "getgroups", "getpgrp", "getpgid", "getsid", "clock_gettime",
	"clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times",
	"getitimer", "setitimer", "alarm", "getrandom", "uname", "sysinfo", "getrusage",
	"getrlimit", "prlimit64", "prctl", "arch_prctl", "capget", "umask", "getcwd", "statfs",
	"fstatfs", "memfd_create", NULL };

/* Files; where they may be is Landlock's part. */
static const char *const calls_files[] = { "open", "openat", "openat2", "creat", "access",
	"faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "getdents", "fsync",
	"fdatasync", "sync_file_range", "fallocate", "ftruncate", "truncate", "rename", "renameat",
	"renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "link", "linkat", "symlink",
	"symlinkat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "utimensat", "flock",
	"fadvise64", "chdir", "copy_file_range", "sendfile", "inotify_init1", "inotify_add_watch",
	"inotify_rm_watch", NULL };

/*
 * A capture socket that is open already, and a socket pair between our own processes. With bind a
 * capture follows an interface that was made anew; there is no other socket it could be used on.
 */
static const char *const calls_open_sockets[] = { "recvfrom", "recvmsg", "recvmmsg", "getsockopt",
	"setsockopt", "getsockname", "getpeername", "shutdown", "bind", NULL };

/* sched_setscheduler: libzmq sets the default for each of its threads and aborts when that is
 * refused. */
static const char *const calls_network[] = { "socket", "socketpair", "connect", "listen", "accept",
	"accept4", "sendto", "sendmsg", "sendmmsg", "sched_setscheduler", NULL };

/* Never, in any profile: the process says which and dies. */
static const char *const calls_deadly[] = { "execve", "execveat", "process_vm_readv",
	"process_vm_writev", "init_module", "finit_module", "delete_module", "kexec_load",
	"kexec_file_load", "bpf", "mount", "umount2", "move_mount", "pivot_root", "chroot", "setns",
	"unshare", "reboot", "swapon", "swapoff", "iopl", "ioperm", "perf_event_open",
	"userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "keyctl", "add_key",
	"request_key",
#if !RELAXED
	"ptrace",
#endif
	NULL };

struct profile {
	const char *name, *help;
	const char *const *allow[5];
	const char *const *refuse; /* fails with EPERM even when relaxed */
	bool network;
};

static const struct profile profiles[] = {
	{ "capture",
	    "holds packets: reads what is open, writes its own files, no network, no new program",
	    { calls_base, calls_files, calls_open_sockets, NULL }, calls_network, false },
	{ "ship", "holds the keys: network and spool, no new program, no look into other processes",
	    { calls_base, calls_files, calls_open_sockets, calls_network, NULL }, NULL, true },
	{ "collector", "network and store, no new program, no look into other processes",
	    { calls_base, calls_files, calls_open_sockets, calls_network, NULL }, NULL, true },
};

#define PROFILES (sizeof(profiles) / sizeof(profiles[0]))

static int
add_calls(scmp_filter_ctx ctx, uint32_t action, const char *const *calls)
{
	for (; calls && *calls; calls++) {
		int nr = seccomp_syscall_resolve_name(*calls);
		int rc = nr == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(ctx, action, nr, 0);
		/* -EDOM: this machine does not have the call; -EACCES: it is the default action
		 * anyway */
		if (rc < 0 && rc != -EDOM && rc != -EACCES)
			return rc;
	}
	return 0;
}

/* Threads may be made, processes not. clone3 hides its flags, so libc is told to use clone. */
static int
add_threads(scmp_filter_ctx ctx)
{
	int clone3 = seccomp_syscall_resolve_name("clone3");
	int rc = 0;
	if (!RELAXED)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (rc == 0 && !RELAXED && clone3 != __NR_SCMP_ERROR)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), clone3, 0);
	return rc;
}

/*
 * A deadly call comes here instead of into the kernel. Saying which one in a line that is safe in a
 * handler, then dying of the same signal: a kill by the filter itself would leave no word.
 */
static void
on_deadly_call(int sig, siginfo_t *info, void *context)
{
	static const char text[] = "seccomp: this process made a forbidden system call, number ";
	char line[sizeof(text) + 8];
	int nr = info->si_syscall, width = nr >= 100 ? 3 : nr >= 10 ? 2 : 1;
	size_t n = sizeof(text) - 1;

	(void)context;
	memcpy(line, text, n);
	for (int i = width - 1; i >= 0; i--, nr /= 10)
		line[n + (size_t)i] = (char)('0' + nr % 10);
	n += (size_t)width;
	line[n++] = '\n';
	ssize_t written = write(STDERR_FILENO, line, n);
	(void)written;
	(void)raise(sig); /* SA_RESETHAND: now it is deadly */
	_exit(128 + sig);
}

static int
catch_deadly_calls(void)
{
	struct sigaction action = { .sa_sigaction = on_deadly_call,
		.sa_flags = SA_SIGINFO | (int)SA_RESETHAND | SA_NODEFER };

	sigemptyset(&action.sa_mask);
	return sigaction(SIGSYS, &action, NULL) < 0 ? -errno : 0;
}

static int
build_filter(scmp_filter_ctx ctx, const struct profile *p)
{
	int rc = add_calls(ctx, SCMP_ACT_TRAP, calls_deadly);
	if (rc == 0)
		rc = add_calls(ctx, SCMP_ACT_ERRNO(EPERM), p->refuse);
	for (int i = 0; rc == 0 && !RELAXED && p->allow[i]; i++)
		rc = add_calls(ctx, SCMP_ACT_ALLOW, p->allow[i]);
	return rc ? rc : add_threads(ctx);
}

static int
enter_seccomp(const struct profile *p, struct sandbox_report *report, struct err *e)
{
	scmp_filter_ctx ctx = seccomp_init(RELAXED ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM));
	if (!ctx)
		return err_set(e, "seccomp: out of memory");
	/* calls of another architecture: the default would end the thread without a word */
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_TRAP);
	if (rc == 0)
		rc = build_filter(ctx, p);
	if (rc == 0)
		rc = catch_deadly_calls();
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc < 0)
		return err_set(e, "seccomp: %s", strerror(-rc));
	report->seccomp = true;
	return 0;
}

/* ---- Landlock ---- */

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_BLOCK = 1 << 11,
	FS_TRUNCATE = 1 << 14,
	FS_IOCTL_DEV = 1 << 15,
};

#define FS_OF_A_FILE (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define NET_TCP 3 /* bind, connect */

struct ruleset_attr {
	uint64_t fs, net;
};

struct path_attr {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

static int
landlock_abi(void)
{
	long abi = syscall(444, NULL, 0, 1U); /* landlock_create_ruleset, VERSION */
	return abi < 0 ? 0 : (int)abi;
}

/* All file system rights that the ABI knows. */
static uint64_t
landlock_rights(int abi)
{
	uint64_t fs = (1 << 13) - 1;
	if (abi >= 2)
		fs |= 1 << 13; /* REFER */
	if (abi >= 3)
		fs |= FS_TRUNCATE;
	if (abi >= 5)
		fs |= FS_IOCTL_DEV;
	return fs;
}

static int
landlock_path(int set, const char *path, uint64_t access, bool must, struct err *e)
{
	struct stat st;
	int fd = open(path, O_PATH | O_CLOEXEC);
	/* what cannot be reached now is out of reach with Landlock as well */
	if (fd < 0 && !must && (errno == ENOENT || errno == EACCES || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return err_set(e, "%s: out of reach of user %u: %s", path, (unsigned)geteuid(),
		    strerror(errno));
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		access &= FS_OF_A_FILE;
	struct path_attr attr = { access, fd };
	long rc = syscall(445, set, 1, &attr, 0U); /* landlock_add_rule, PATH_BENEATH */
	int error = errno;
	close(fd);
	return rc < 0 ? err_set(e, "Landlock: %s: %s", path, strerror(error)) : 0;
}

static int
landlock_paths(int set, const struct sandbox_config *c, uint64_t all, struct err *e)
{
	uint64_t read = FS_READ_FILE | FS_READ_DIR;
	uint64_t change = all & ~(uint64_t)(FS_EXECUTE | FS_MAKE_CHAR | FS_MAKE_BLOCK);
	for (size_t i = 0; i < c->ro_n; i++)
		if (landlock_path(set, c->ro[i], read, false, e) < 0)
			return -1;
	/* the leak check at exit looks at its own threads there */
	if (RELAXED && landlock_path(set, "/proc", read, false, e) < 0)
		return -1;
	for (size_t i = 0; i < c->rw_n; i++)
		if (landlock_path(set, c->rw[i], change, true, e) < 0)
			return -1;
	return 0;
}

static int
enter_landlock(
    const struct sandbox_config *c, bool network, struct sandbox_report *report, struct err *e)
{
	int abi = report->landlock_abi;
	if (!abi)
		return 0;
	struct ruleset_attr attr = { landlock_rights(abi), network ? 0 : NET_TCP };
	size_t size = abi >= 4 ? sizeof(attr) : sizeof(attr.fs);
	int set = (int)syscall(444, &attr, size, 0U);
	if (set < 0)
		return err_set(e, "Landlock: %s", strerror(errno));
	int rc = landlock_paths(set, c, attr.fs, e);
	if (rc == 0 && syscall(446, set, 0U) < 0) /* landlock_restrict_self */
		rc = err_set(e, "Landlock: %s", strerror(errno));
	close(set);
	report->landlock = rc == 0;
	return rc;
}

/* ---- user and capabilities ---- */

/* Without CAP_SETPCAP this cannot be done, and need not: there is nothing to gain from the set
 * then. */
static void
drop_bounding_set(void)
{
	for (int cap = 0; cap <= 63; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return;
}

static int
become(const char *name, struct sandbox_report *report, struct err *e)
{
	if (geteuid() != 0 || !name || !name[0]) {
		report->user = geteuid() != 0;
		return 0;
	}
	errno = 0;
	struct passwd *pw = getpwnam(name);
	if (!pw)
		return err_set(e, "user %s: %s", name, errno ? strerror(errno) : "no such user");
	uid_t uid = pw->pw_uid;
	gid_t gid = pw->pw_gid;
	if (uid == 0)
		return err_set(e, "user %s is root as well", name);
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return err_set(e, "becoming user %s: %s", name, strerror(errno));
	uid_t r, ef, s;
	if (getresuid(&r, &ef, &s) < 0 || r != uid || ef != uid || s != uid || setuid(0) == 0 ||
	    setgid(0) == 0 || getgroups(0, NULL) != 0)
		return err_set(e, "becoming user %s can be undone", name);
	report->user = true;
	return 0;
}

static int
drop_capabilities(struct sandbox_report *report, struct err *e)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &head, data) < 0 || syscall(SYS_capget, &head, data) < 0)
		return err_set(e, "dropping capabilities: %s", strerror(errno));
	uint32_t left = data[0].permitted | data[1].permitted | data[0].effective |
			data[1].effective | data[0].inheritable | data[1].inheritable;
	if (left)
		return err_set(e, "capabilities are left after dropping them");
	report->capabilities = true;
	return 0;
}

/* ---- the door ---- */

static void
lacks(struct sandbox_report *r, const char *what)
{
	size_t n = strlen(r->lacking);
	snprintf(r->lacking + n, sizeof(r->lacking) - n, "%s%s", n ? ", " : "", what);
}

void
sandbox_kernel(struct sandbox_report *r)
{
	*r = (struct sandbox_report){ .relaxed = RELAXED, .landlock_abi = landlock_abi() };
	r->user = r->capabilities = r->no_new_privs = true;
	r->landlock = r->landlock_abi > 0;
	r->seccomp = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
	if (!r->landlock)
		lacks(r, "Landlock (not in this kernel, or not switched on with lsm=landlock)");
	else if (r->landlock_abi < 3)
		lacks(r, "Landlock's guard against truncating (needs Linux 6.2)");
	if (!r->seccomp)
		lacks(r, "seccomp (not in this kernel)");
}

static const struct profile *
profile_find(const char *name)
{
	for (size_t i = 0; i < PROFILES; i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	return NULL;
}

int
sandbox_enter(const struct sandbox_config *config, struct sandbox_report *report, struct err *e)
{
	struct sandbox_report kernel;
	const struct profile *p = profile_find(config->profile);
	if (!p)
		return err_set(e, "sandbox: no profile %s", config->profile);
	sandbox_kernel(&kernel);
	*report =
	    (struct sandbox_report){ .relaxed = RELAXED, .landlock_abi = kernel.landlock_abi };
	memcpy(report->lacking, kernel.lacking, sizeof(report->lacking));
	drop_bounding_set();
	if (become(config->user, report, e) < 0)
		return -1;
	if (!report->user)
		lacks(report, "another user (still root, none is configured)");
	if (drop_capabilities(report, e) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(e, "no_new_privs: %s", strerror(errno));
	report->no_new_privs = true;
	if (enter_landlock(config, p->network, report, e) < 0)
		return -1;
	return kernel.seccomp ? enter_seccomp(p, report, e) : 0;
}

void
sandbox_text(const struct sandbox_report *r, char out[SANDBOX_TEXT])
{
	char abi[32] = "no Landlock";
	if (r->landlock)
		snprintf(abi, sizeof(abi), "Landlock (ABI %d)", r->landlock_abi);
	snprintf(out, SANDBOX_TEXT, "%s, %s, %s, %s, %s%s%s%s", r->user ? "not root" : "root",
	    r->capabilities ? "no capabilities" : "capabilities kept",
	    r->no_new_privs ? "no_new_privs" : "new privileges possible", abi,
	    r->seccomp ? "seccomp" : "no seccomp",
	    r->relaxed ? " (relaxed: built with sanitizers)" : "",
	    r->lacking[0] ? "; lacking: " : "", r->lacking);
}

bool
sandbox_profile(unsigned i, const char **name, const char **help)
{
	if (i >= PROFILES)
		return false;
	*name = profiles[i].name;
	*help = profiles[i].help;
	return true;
}
