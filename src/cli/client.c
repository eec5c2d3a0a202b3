/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/mkdirs.h"

#define DEFAULT_URL "http://127.0.0.1:7780"
#define ANSWER_MAX (256u << 20)

static void
config_dir(char out[PATH_MAX])
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg && xdg[0])
		(void)snprintf(out, PATH_MAX, "%s/wanglou", xdg);
	else
		(void)snprintf(out, PATH_MAX, "%s/.config/wanglou", home ? home : ".");
}

/* First line of a file; "" when there is none. A token that others may read is refused. */
static void
read_line(const char *path, bool secret, char out[CLIENT_TEXT])
{
	FILE *f = fopen(path, "re");
	struct stat st;

	out[0] = 0;
	if (!f)
		return;
	if (secret && (fstat(fileno(f), &st) || (st.st_mode & 077)))
		cli_complain(
		    "%s can be read by others and is not used; run: chmod 600 '%s'", path, path);
	else if (!fgets(out, CLIENT_TEXT, f))
		out[0] = 0;
	out[strcspn(out, "\r\n")] = 0;
	(void)fclose(f);
}

static void
read_kept(const char *name, bool secret, char out[CLIENT_TEXT])
{
	char dir[PATH_MAX], path[PATH_MAX + 16];

	config_dir(dir);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	read_line(path, secret, out);
}

void
client_url(char out[CLIENT_TEXT])
{
	const char *set = getenv("WANGLOU_URL");
	size_t n;

	if (set && set[0])
		(void)snprintf(out, CLIENT_TEXT, "%s", set);
	else
		read_kept("url", false, out);
	if (!out[0])
		(void)snprintf(out, CLIENT_TEXT, "%s", DEFAULT_URL);
	n = strlen(out);
	if (n && out[n - 1] == '/')
		out[n - 1] = 0;
}

static void
client_token(char out[CLIENT_TEXT])
{
	const char *file = getenv("WANGLOU_TOKEN_FILE");

	if (file && file[0])
		read_line(file, true, out);
	else
		read_kept("token", true, out);
}

static int
keep_line(const char *dir, const char *name, const char *text, struct err *e)
{
	char path[PATH_MAX + 16], temporary[PATH_MAX + 24];
	FILE *f = NULL;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)snprintf(temporary, sizeof(temporary), "%s.new", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && !(f = fdopen(fd, "w")))
		(void)close(fd);
	if (!f)
		return err_set(e, "%s: %s", temporary, strerror(errno));
	if (fprintf(f, "%s\n", text) < 0 || fclose(f) || rename(temporary, path))
		return err_set(e, "%s: %s", path, strerror(errno));
	return 0;
}

int
client_keep(const char *url, const char *token, struct err *e)
{
	char dir[PATH_MAX];

	config_dir(dir);
	(void)mkdirs(dir, 0700, 0700);
	return keep_line(dir, "url", url, e) || keep_line(dir, "token", token, e) ? -1 : 0;
}

void
client_query(char *path, size_t room, const char *name, const char *value)
{
	char *escaped = value ? curl_easy_escape(NULL, value, 0) : NULL;
	size_t n = strlen(path);

	if (escaped)
		(void)snprintf(
		    path + n, room - n, "%c%s=%s", strchr(path, '?') ? '&' : '?', name, escaped);
	curl_free(escaped);
}

static size_t
on_data(char *data, size_t size, size_t n, void *user)
{
	struct buf *b = user;

	buf_add(b, data, size * n);
	return b->failed ? 0 : size * n;
}

struct ask {
	const char *url, *path, *token;
	const json_t *body;
};

static struct curl_slist *
make_headers(const struct ask *a)
{
	struct curl_slist *list = NULL;
	char line[CLIENT_TEXT + 32];

	if (a->body)
		list = curl_slist_append(list, "Content-Type: application/json");
	if (a->token && a->token[0]) {
		(void)snprintf(line, sizeof(line), "Authorization: Bearer %s", a->token);
		list = curl_slist_append(list, line);
	}
	return list;
}

/* HTTP status, 0 when the collector was not reached (*why). */
static long
exchange(const struct ask *a, struct buf *answer, char why[CURL_ERROR_SIZE])
{
	char url[8192];
	char *body = a->body ? json_dumps(a->body, JSON_COMPACT) : NULL;
	struct curl_slist *headers = make_headers(a);
	CURL *curl = curl_easy_init();
	long status = 0;

	why[0] = 0;
	if (curl) {
		(void)snprintf(url, sizeof(url), "%s%s", a->url, a->path);
		(void)curl_easy_setopt(curl, CURLOPT_URL, url);
		(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
		(void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
		(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
		(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
		(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, 120L);
		(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
		(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
		if (body)
			(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		if (curl_easy_perform(curl) == CURLE_OK)
			(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	}
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	if (body)
		explicit_bzero(body, strlen(body));
	free(body);
	return status;
}

static json_t *
parse(const struct buf *b)
{
	return b->failed ? NULL : json_loadb((const char *)b->ptr, b->len, JSON_ALLOW_NUL, NULL);
}

json_t *
client_try(const char *url, const char *path, const json_t *body, long *status)
{
	struct ask a = { url, path, NULL, body };
	char why[CURL_ERROR_SIZE];
	struct buf answer;
	json_t *value;

	buf_init(&answer, ANSWER_MAX);
	*status = exchange(&a, &answer, why);
	value = parse(&answer);
	buf_fini(&answer);
	return value;
}

/* Say what went wrong in words that help. */
static int
complain(
    const struct cli *c, const struct ask *a, long status, const json_t *value, const char *why)
{
	static const char alert[] = "/api/v1/alerts/", digits[] = "0123456789";
	const char *error = cli_text_at(value, "error");
	char id[32];

	if (status == 0) {
		COMPLAIN(c, TEXT_NO_COLLECTOR, a->url, why[0] ? why : text_of(c, TEXT_NO_ANSWER));
		return CLI_FAILED;
	}
	if (status == 401) {
		COMPLAIN(c, TEXT_NOT_LOGGED_IN, a->url);
		return CLI_NO_LOGIN;
	}
	if (status == 404 && strncmp(a->path, alert, strlen(alert)) == 0) {
		(void)snprintf(id, sizeof(id), "%.*s", (int)strspn(a->path + strlen(alert), digits),
		    a->path + strlen(alert));
		COMPLAIN(c, TEXT_NO_ALERT, id);
		return CLI_NOT_FOUND;
	}
	cli_complain("%s", error[0] ? error : "the collector's answer makes no sense");
	return status == 404 ? CLI_NOT_FOUND : status == 400 ? CLI_USAGE : CLI_FAILED;
}

json_t *
client_ask(const struct cli *c, const char *path, const json_t *body, int *code)
{
	char url[CLIENT_TEXT], token[CLIENT_TEXT], why[CURL_ERROR_SIZE];
	struct ask a = { url, path, token, body };
	struct buf answer;
	json_t *value;
	long status;

	client_url(url);
	client_token(token);
	buf_init(&answer, ANSWER_MAX);
	status = exchange(&a, &answer, why);
	value = parse(&answer);
	buf_fini(&answer);
	*code = CLI_WELL;
	if (status == 200 && value)
		return value;
	*code = complain(c, &a, status, value, why);
	json_decref(value);
	return NULL;
}
