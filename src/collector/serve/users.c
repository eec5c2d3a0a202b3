/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/users.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(USERS_HASH >= crypto_pwhash_STRBYTES, "an Argon2id string fits");

bool
users_name_ok(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n >= USERS_NAME || name[0] == '.' || name[0] == '-')
		return false;
	for (; *name; name++)
		if ((unsigned char)*name < 0x80 && !isalnum((unsigned char)*name) &&
		    !strchr("._-@", *name))
			return false;
	return true;
}

static bool
add(struct users *u, const struct users_one *one)
{
	struct users_one *more = reallocarray(u->user, u->n + 1, sizeof(*more));

	if (!more)
		return false;
	u->user = more;
	u->user[u->n++] = *one;
	return true;
}

static int
read_lines(FILE *f, const char *path, struct users *out, struct err *e)
{
	struct users_one one;
	char line[512];

	for (unsigned n = 1; fgets(line, sizeof(line), f); n++) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (sscanf(line, "%63s %127s %" SCNu64, one.name, one.hash, &one.created) != 3 ||
		    !users_name_ok(one.name))
			return err_set(e, "%s:%u: not a user's line", path, n);
		if (!add(out, &one))
			return err_set(e, "no memory");
	}
	return ferror(f) ? err_set(e, "%s: %s", path, strerror(errno)) : 0;
}

int
users_load(const char *path, struct users *out, struct err *e)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	int got;

	*out = (struct users){ NULL, 0 };
	if (!f)
		return errno == ENOENT ? 0 : err_set(e, "%s: %s", path, strerror(errno));
	if (fstat(fileno(f), &st) || (st.st_mode & 077))
		got = err_set(
		    e, "%s can be read or changed by others; run: chmod 600 '%s'", path, path);
	else
		got = read_lines(f, path, out, e);
	(void)fclose(f);
	if (got)
		users_clear(out);
	return got;
}

void
users_clear(struct users *u)
{
	free(u->user);
	*u = (struct users){ NULL, 0 };
}

const struct users_one *
users_find(const struct users *u, const char *name)
{
	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->user[i].name, name) == 0)
			return &u->user[i];
	return NULL;
}

/* Root adds users to a collector that is not root: the file belongs to whom the folder belongs to.
 */
static bool
give_to_folder(int fd, const char *path)
{
	char dir[PATH_MAX], *slash;
	struct stat st;

	if (geteuid() != 0)
		return true;
	(void)snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash)
		*slash = 0;
	return stat(slash ? dir : ".", &st) == 0 && fchown(fd, st.st_uid, st.st_gid) == 0;
}

static int
save(const char *path, const struct users *u, struct err *e)
{
	char temporary[PATH_MAX];
	FILE *f = NULL;
	int fd, bad;

	(void)snprintf(temporary, sizeof(temporary), "%s.new", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || !(f = fdopen(fd, "w"))) {
		if (fd >= 0)
			(void)close(fd);
		return err_set(e, "%s: %s", temporary, strerror(errno));
	}
	bad = fputs("# Wanglou users: name, Argon2id, created. Change it with `wanglou user`.\n",
		  f) < 0;
	for (size_t i = 0; i < u->n; i++)
		bad |= fprintf(f, "%s %s %" PRIu64 "\n", u->user[i].name, u->user[i].hash,
			   u->user[i].created) < 0;
	bad |= fflush(f) || !give_to_folder(fd, path) || fsync(fd);
	bad |= fclose(f);
	if (bad || rename(temporary, path))
		return err_set(e, "%s: %s", path, strerror(errno));
	return 0;
}

static int
hash_password(struct users_one *one, const char *password, struct err *e)
{
	size_t n = strlen(password);

	if (n < USERS_PASSWORD_MIN || n > USERS_PASSWORD_MAX)
		return err_set(
		    e, "a password has %d to %d bytes", USERS_PASSWORD_MIN, USERS_PASSWORD_MAX);
	if (sodium_init() < 0 ||
	    crypto_pwhash_str(one->hash, password, n, crypto_pwhash_OPSLIMIT_INTERACTIVE,
		crypto_pwhash_MEMLIMIT_INTERACTIVE))
		return err_set(e, "no memory for the password's hash (64 MiB)");
	return 0;
}

int
users_set(const char *path, const char *name, const char *password, bool fresh, uint64_t now,
    struct err *e)
{
	struct users_one one = { .created = now }, *old;
	struct users u;
	int got;

	if (!users_name_ok(name))
		return err_set(
		    e, "%s: a name has letters, digits, '.', '_', '-', '@', and no spaces", name);
	if (users_load(path, &u, e))
		return -1;
	(void)snprintf(one.name, sizeof(one.name), "%s", name);
	old = (struct users_one *)users_find(&u, name);
	if (fresh == (old != NULL))
		got = err_set(e,
		    fresh ? "%s is a user already (wanglou user passwd)" : "%s is no user", name);
	else
		got = hash_password(&one, password, e);
	if (got == 0 && old)
		*old = one;
	else if (got == 0 && !add(&u, &one))
		got = err_set(e, "no memory");
	if (got == 0)
		got = save(path, &u, e);
	users_clear(&u);
	return got;
}

int
users_remove(const char *path, const char *name, struct err *e)
{
	const struct users_one *one;
	struct users u;
	int got;

	if (users_load(path, &u, e))
		return -1;
	one = users_find(&u, name);
	if (!one) {
		got = err_set(e, "%s is no user", name);
	} else {
		u.user[one - u.user] = u.user[u.n - 1];
		u.n--;
		got = save(path, &u, e);
	}
	users_clear(&u);
	return got;
}

/* For names that do not exist: a hash of the same cost, so that the answer takes as long as for
 * those that do. */
static const char *
stand_in(void)
{
	static char hash[USERS_HASH];

	if (!hash[0] && crypto_pwhash_str(hash, "nobody", 6, crypto_pwhash_OPSLIMIT_INTERACTIVE,
			    crypto_pwhash_MEMLIMIT_INTERACTIVE))
		hash[0] = 0;
	return hash;
}

bool
users_check(const struct users_one *u, const char *password)
{
	bool same;

	if (sodium_init() < 0)
		return false;
	same = crypto_pwhash_str_verify(u ? u->hash : stand_in(), password, strlen(password)) == 0;
	return same && u;
}

void
users_make_password(char out[21])
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

	if (sodium_init() < 0)
		abort();
	for (int i = 0; i < 20; i++)
		out[i] = letters[randombytes_uniform(sizeof(letters) - 1)];
	out[20] = 0;
}

void
users_wipe(void *secret, size_t n)
{
	sodium_memzero(secret, n);
}
