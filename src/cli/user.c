/* SPDX-License-Identifier: Apache-2.0 */
/* user: who may use the API, on the collector's own host. login: from anywhere. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "collector/users.h"
#include "places.h"
#include "show.h"

#define PASSWORD_ROOM (USERS_PASSWORD_MAX + 2)

/* A line from a terminal without showing it. */
static bool
ask_hidden(const char *prompt, char out[PASSWORD_ROOM])
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	struct termios was, hidden;
	ssize_t n = -1;

	if (fd < 0 || tcgetattr(fd, &was))
		return false;
	hidden = was;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(fd, TCSAFLUSH, &hidden);
	if (write(fd, prompt, strlen(prompt)) > 0)
		n = read(fd, out, PASSWORD_ROOM - 1);
	(void)tcsetattr(fd, TCSAFLUSH, &was);
	(void)(write(fd, "\n", 1) + 1);
	(void)close(fd);
	out[n > 0 ? n : 0] = 0;
	out[strcspn(out, "\r\n")] = 0;
	return n > 0;
}

static int
read_password(const char *path, char out[PASSWORD_ROOM])
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;

	if (!f || !fgets(out, PASSWORD_ROOM, f)) {
		cli_complain("%s: no password there", path);
		out[0] = 0;
	}
	if (f && f != stdin)
		(void)fclose(f);
	out[strcspn(out, "\r\n")] = 0;
	return out[0] ? 0 : -1;
}

static int
write_password(const char *path, const char *password)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ok = fd >= 0 && dprintf(fd, "%s\n", password) > 0;

	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	if (!ok)
		cli_complain("%s: %s", path, strerror(errno));
	return ok ? 0 : -1;
}

struct user_call {
	const char *data_dir, *config, *password_file;
	bool generate;
	char path[PATH_MAX];
};

/* From a file, a terminal, or made up: then it is shown once, or written to the file. */
static int
choose_password(const struct cli *c, const struct user_call *u, char out[PASSWORD_ROOM])
{
	char again[PASSWORD_ROOM];

	if (u->password_file && !u->generate)
		return read_password(u->password_file, out);
	if (u->generate || !ask_hidden(text_of(c, TEXT_ASK_PASSWORD), out)) {
		users_make_password(out);
		if (u->password_file)
			return write_password(u->password_file, out);
		SAY(c, stdout, TEXT_USER_PASSWORD, out);
		return 0;
	}
	if (ask_hidden(text_of(c, TEXT_ASK_AGAIN), again) && strcmp(out, again) == 0)
		return 0;
	SAY(c, stderr, TEXT_NOT_SAME, NULL);
	return -1;
}

static int
set_user(const struct cli *c, const struct user_call *u, const char *name, bool add)
{
	char password[PASSWORD_ROOM];
	struct err e = { "" };
	int got;

	if (!users_name_ok(name)) {
		cli_complain(
		    "%s: a name has letters, digits, '.', '_', '-', '@', and no spaces", name);
		return CLI_USAGE;
	}
	if (choose_password(c, u, password))
		return CLI_FAILED;
	got = users_set(u->path, name, password, add, (uint64_t)time(NULL) * 1000, &e);
	users_wipe(password, sizeof(password));
	if (got) {
		cli_complain("%s", e.text);
		return CLI_FAILED;
	}
	SAY(c, stdout, add ? TEXT_USER_ADDED : TEXT_USER_CHANGED, name);
	return CLI_WELL;
}

static int
remove_user(const struct cli *c, const struct user_call *u, const char *name)
{
	struct err e = { "" };

	if (users_remove(u->path, name, &e)) {
		cli_complain("%s", e.text);
		return CLI_FAILED;
	}
	SAY(c, stdout, TEXT_USER_REMOVED, name);
	return CLI_WELL;
}

static int
list_users(const struct cli *c, const struct user_call *u)
{
	const char *headings[] = { text_of(c, TEXT_NAME), text_of(c, TEXT_CREATED) };
	struct err e = { "" };
	struct users all;
	struct table *t;
	char day[32];

	if (users_load(u->path, &all, &e)) {
		cli_complain("%s", e.text);
		return CLI_FAILED;
	}
	t = table_new(headings, 2, 0);
	for (size_t i = 0; i < all.n; i++) {
		time_t at = (time_t)(all.user[i].created / 1000);
		struct tm tm;
		(void)strftime(day, sizeof(day), "%Y-%m-%d", gmtime_r(&at, &tm));
		table_cell(t, all.user[i].name);
		table_cell(t, day);
	}
	if (all.n)
		table_print(t, c, stdout);
	else
		SAY(c, stdout, TEXT_NO_USERS, u->path);
	table_free(t);
	users_clear(&all);
	return CLI_WELL;
}

static int
find_file(struct user_call *u)
{
	struct collector_options o;
	struct err e = { "" };
	int got = places_collector(&o, u->config, &e);
	const char *dir = u->data_dir ? u->data_dir : o.data_dir;

	if (got && !u->data_dir) {
		cli_complain("%s", e.text);
	} else {
		got = 0;
		if (mkdir(dir, 0700) && errno != EEXIST) {
			cli_complain("%s: %s", dir, strerror(errno));
			got = -1;
		}
		(void)snprintf(u->path, sizeof(u->path), "%s/users", dir);
	}
	conf_clear(collector_options_table(), &o);
	return got;
}

int
cli_user(const struct cli *c, int argc, char **argv)
{
	struct user_call u = { .generate = false };
	struct cli_option rows[] = { { "--data-dir", &u.data_dir, NULL }, { "-c", &u.config, NULL },
		{ "--password-file", &u.password_file, NULL },
		{ "--generate", NULL, &u.generate } };
	int n = cli_options(c, argc, argv, rows, 4);
	const char *what = n > 0 ? argv[0] : "";

	if (n == 1 && strcmp(what, "list") == 0)
		return find_file(&u) ? CLI_FAILED : list_users(c, &u);
	if (n == 2 && strcmp(what, "add") == 0)
		return find_file(&u) ? CLI_FAILED : set_user(c, &u, argv[1], true);
	if (n == 2 && strcmp(what, "passwd") == 0)
		return find_file(&u) ? CLI_FAILED : set_user(c, &u, argv[1], false);
	if (n == 2 && strcmp(what, "remove") == 0)
		return find_file(&u) ? CLI_FAILED : remove_user(c, &u, argv[1]);
	return n < 0 ? CLI_USAGE : cli_usage(c, "user");
}

/* The collector is asked and its token kept. */
static int
log_in(const struct cli *c, const char *url, const char *name, const char *password)
{
	json_t *body = json_pack("{ss ss}", "user", name, "password", password), *answer;
	const char *token, *error;
	struct err e = { "" };
	int code = CLI_FAILED;
	char until[64];
	long status;

	answer = client_try(url, "/api/v1/login", body, &status);
	token = cli_text_at(answer, "token");
	error = cli_text_at(answer, "error");
	if (status == 200 && token[0] && client_keep(url, token, &e) == 0) {
		show_full_time(until, cli_text_at(answer, "expires"));
		SAY(c, stdout, TEXT_LOGGED_IN, name, url, until);
		code = CLI_WELL;
	} else if (status == 0) {
		COMPLAIN(c, TEXT_NO_COLLECTOR, url, text_of(c, TEXT_NO_ANSWER));
	} else if (status == 401 || status == 429) {
		COMPLAIN(c, status == 401 ? TEXT_WRONG_PASSWORD : TEXT_TRY_LATER, NULL);
		code = CLI_NO_LOGIN;
	} else {
		cli_complain("%s", e.text[0]  ? e.text
				   : error[0] ? error
					      : "the answer makes no sense");
	}
	json_decref(body);
	json_decref(answer);
	return code;
}

int
cli_login(const struct cli *c, int argc, char **argv)
{
	const char *url = NULL, *file = NULL;
	struct cli_option rows[] = { { "--url", &url, NULL }, { "--password-file", &file, NULL } };
	int n = cli_options(c, argc, argv, rows, 2), code;
	char password[PASSWORD_ROOM], kept[CLIENT_TEXT], name[USERS_NAME] = "";

	if (n < 0 || n > 1)
		return n < 0 ? CLI_USAGE : cli_usage(c, "login");
	client_url(kept);
	if (n == 1) {
		(void)snprintf(name, sizeof(name), "%s", argv[0]);
	} else {
		printf("%s", text_of(c, TEXT_ASK_USER));
		(void)fflush(stdout);
		if (!fgets(name, sizeof(name), stdin))
			return CLI_USAGE;
		name[strcspn(name, "\n")] = 0;
	}
	if (file && read_password(file, password))
		return CLI_USAGE;
	if (!file && !ask_hidden(text_of(c, TEXT_ASK_PASSWORD), password)) {
		COMPLAIN(c, TEXT_NO_PASSWORD_TERMINAL, NULL);
		return CLI_USAGE;
	}
	code = log_in(c, url ? url : kept, name, password);
	users_wipe(password, sizeof(password));
	return code;
}
