/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: what is wrong with this installation, in plain words. A check is a row; it changes
 * nothing. */
#include <dlfcn.h>
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "client.h"
#include "lib/keys.h"
#include "lib/log.h"
#include "lib/sandbox.h"
#include "lib/zsock.h"
#include "places.h"
#include "probe/learn.h"
#include "probe/match.h"
#include "probe/site.h"

enum state { GOOD, POOR, BAD };

struct doctor {
	const struct cli *c;
	struct options probe;
	struct collector_options collector;
	bool probe_here, collector_here; /* their settings were found */
	const char *subject;             /* of the row that runs */
	struct table *table;
	json_t *list;
	unsigned count[3];
};

/* One line of the report; both languages, since each is said once. */
static void
say(struct doctor *d, enum state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
say(struct doctor *d, enum state state, const char *format, ...)
{
	static const char *const words[] = { "ok", "warn", "bad" };
	char text[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	d->count[state]++;
	table_cell(d->table, text_of(d->c, TEXT_GOOD + (enum text_id)state));
	table_cell(d->table, d->subject);
	table_cell(d->table, text);
	(void)json_array_append_new(d->list,
	    json_pack("{ss ss ss}", "state", words[state], "subject", d->subject, "text", text));
}

/* Both languages of a sentence without numbers. */
static const char *
either(const struct doctor *d, const char *en, const char *zh)
{
	return d->c->chinese ? zh : en;
}

static void
check_settings(struct doctor *d)
{
	char path[PATH_MAX];
	struct err e = { "" };

	d->probe_here = places_config(path, "probe.yaml");
	if (places_probe(&d->probe, NULL, &e))
		say(d, BAD, "%s", e.text);
	else
		say(d, d->probe_here ? GOOD : POOR, "%s%s", path,
		    d->probe_here ? "" : either(d, ": not there", "：不存在"));
	d->collector_here = places_config(path, "collector.yaml");
	if (places_collector(&d->collector, NULL, &e))
		say(d, BAD, "%s", e.text);
	else
		say(d, d->collector_here ? GOOD : POOR, "%s%s", path,
		    d->collector_here ? "" : either(d, ": not there", "：不存在"));
}

static void
check_key(struct doctor *d, const char *path, bool needed)
{
	struct keys_pair k;
	struct err e = { "" };

	if (access(path, F_OK) && !needed)
		say(d, POOR, "%s: %s", path,
		    either(d, "not there (wanglou keys new)", "不存在（wanglou keys new）"));
	else if (keys_load_secret(&k, path, &e))
		say(d, BAD, "%s", e.text);
	else
		say(d, GOOD, "%s: %s", path, k.name);
	keys_wipe(&k);
}

static void
check_keys(struct doctor *d)
{
	if (d->probe.ship_endpoint && d->probe.ship_endpoint[0])
		check_key(d, d->probe.ship_key, true);
	if (d->collector_here)
		check_key(d, d->collector.key_file, false);
}

static void
check_space(struct doctor *d, const char *path)
{
	struct statvfs fs;
	unsigned long long free_mb;

	if (access(path, F_OK)) {
		say(d, POOR, "%s: %s", path, either(d, "not there", "不存在"));
		return;
	}
	if (access(path, W_OK | X_OK)) {
		say(d, POOR, "%s: %s", path,
		    either(d, "this user cannot write there", "当前用户不可写"));
		return;
	}
	if (statvfs(path, &fs)) {
		say(d, BAD, "%s: %s", path, strerror(errno));
		return;
	}
	free_mb = (unsigned long long)fs.f_bavail * fs.f_frsize >> 20;
	say(d,
	    free_mb < 256    ? BAD
	    : free_mb < 4096 ? POOR
			     : GOOD,
	    "%s: %llu MB %s", path, free_mb, either(d, "free", "可用"));
}

static void
check_folders(struct doctor *d)
{
	if (d->probe.ship_endpoint && d->probe.ship_endpoint[0])
		check_space(d, d->probe.spool_dir);
	if (d->collector_here)
		check_space(d, d->collector.data_dir);
}

static void
check_api(struct doctor *d)
{
	char url[CLIENT_TEXT];
	long status;
	json_t *answer;

	client_url(url);
	answer = client_try(url, "/healthz", NULL, &status);
	if (status == 200)
		say(d, GOOD, "%s", url);
	else if (status == 0)
		say(d, POOR, "%s: %s", url,
		    either(d, "no collector answers there", "采集端无应答"));
	else
		say(d, BAD, "%s: %s", url, cli_text_at(answer, "status"));
	json_decref(answer);
}

/* Knock as the probe would, and see whether the key is let in. */
static void
check_link(struct doctor *d)
{
	struct zsock_config z = { .endpoint = d->probe.ship_endpoint,
		.message_max = 1 << 20,
		.queue_max = 8,
		.handshake_ms = 3000 };
	struct keys_pair own = { .name = "" }, other = { .name = "" };
	struct zsock *s = NULL;
	struct err e = { "" };

	if (!z.endpoint || !z.endpoint[0]) {
		say(d, GOOD, "%s",
		    either(d, "this probe ships nowhere (ship.endpoint is empty)",
			"未配置上送（ship.endpoint 为空）"));
		return;
	}
	if (keys_load_secret(&own, d->probe.ship_key, &e) == 0 &&
	    keys_load_public(&other, d->probe.ship_collector_key, &e) == 0) {
		memcpy(z.public_key, own.public_key, sizeof(z.public_key));
		memcpy(z.secret_key, own.secret_key, sizeof(z.secret_key));
		memcpy(z.server_key, other.public_key, sizeof(z.server_key));
		s = zsock_connect(&z, &e);
	}
	for (int i = 0; s && i < 30 && zsock_link(s) == ZSOCK_LINK_TRYING; i++)
		(void)zsock_wait(s, -1, 100);
	if (s && zsock_link(s) == ZSOCK_LINK_UP)
		say(d, GOOD, "%s", z.endpoint);
	else
		say(d, BAD, "%s: %s", z.endpoint,
		    s ? either(d, "not reached, or our key is not authorised there",
			    "连接不上，或密钥未被授权")
		      : e.text);
	zsock_close(s);
	keys_wipe(&own);
}

static void
check_kernel(struct doctor *d)
{
	struct sandbox_report r = { .landlock = false };

	sandbox_kernel(&r);
	say(d, r.seccomp ? GOOD : POOR, "seccomp: %s",
	    r.seccomp ? either(d, "yes", "可用") : either(d, "no", "不可用"));
	say(d, r.landlock_abi ? GOOD : POOR, "Landlock: ABI %d", r.landlock_abi);
}

static void
check_capture(struct doctor *d)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		say(d, GOOD, "%s", either(d, "this user may capture", "当前用户可以抓包"));
	else
		say(d, POOR, "%s (%s)",
		    either(d,
			"this user may not capture live: root or CAP_NET_RAW is needed; replay "
			"works",
			"当前用户不能实时抓包（需 root 或 CAP_NET_RAW），离线分析可用"),
		    strerror(errno));
	if (fd >= 0)
		(void)close(fd);
}

static void
check_clock(struct doctor *d)
{
	struct timex t = { .modes = 0 };
	int state = adjtimex(&t);

	if (state < 0 || state == TIME_ERROR || (t.status & STA_UNSYNC))
		say(d, POOR, "%s",
		    either(
			d, "not synchronised: set up NTP or PTP", "时钟未同步，请配置 NTP 或 PTP"));
	else
		say(d, GOOD, "%s %ld us",
		    either(d, "synchronised, error at most", "已同步，最大误差"), t.maxerror);
}

static void
check_geo(struct doctor *d)
{
	struct learn_config config = { (const char *const *)d->probe.learn_geo.item,
		d->probe.learn_geo.n, "" };
	struct err e = { "" };
	unsigned bad = 0;
	struct learn *l;

	if (config.geo_n == 0) {
		say(d, POOR, "%s",
		    either(d, "none configured (learn.geo-databases): events have no country",
			"未配置地理库，事件不含国家信息"));
		return;
	}
	l = learn_new(&config, &bad, &e);
	if (!l)
		say(d, BAD, "%s", e.text);
	else
		say(d, bad ? BAD : GOOD, "%zu %s, %u %s", config.geo_n,
		    either(d, "configured", "个已配置"), bad, either(d, "unreadable", "个不可读"));
	learn_free(l);
}

static void
expand_rules(const struct conf_list *list, glob_t *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < list->n; i++)
		(void)glob(list->item[i], GLOB_NOCHECK | (i ? GLOB_APPEND : 0), NULL, out);
}

static void
check_rules(struct doctor *d)
{
	struct match_summary sum = { 0 };
	struct match_rules *rules;
	struct err e = { "" };
	glob_t files;

	if (d->probe.rules_files.n == 0) {
		say(d, POOR, "%s",
		    either(d, "no rule files configured (rules.files)",
			"未配置规则文件（rules.files）"));
		return;
	}
	expand_rules(&d->probe.rules_files, &files);
	struct match_load load = { .files = (const char *const *)files.gl_pathv,
		.file_n = files.gl_pathc,
		.classification_file = d->probe.rules_classification,
		.threshold_file = d->probe.rules_threshold,
		.reputation = site_reputation(&d->probe),
		.address_vars = &d->probe.vars_address,
		.port_vars = &d->probe.vars_port,
		.dataset_sets = &d->probe.datasets_sets,
		.dataset_dir = d->probe.datasets_dir };
	rules = match_rules_load(&load, &sum, &e);
	if (!rules)
		say(d, BAD, "%s", e.text);
	else
		say(d,
		    sum.unreadable_files || sum.loaded == 0 ? BAD
		    : sum.failed                            ? POOR
							    : GOOD,
		    d->c->chinese ? "%u %s，%u %s，%u %s" : "%u %s, %u %s, %u %s", sum.loaded,
		    either(d, "rules loaded", "条已载入"), sum.failed,
		    either(
			d, "not loaded (wanglou rules check)", "条未载入（wanglou rules check）"),
		    sum.unreadable_files, either(d, "files unreadable", "个文件不可读"));
	match_rules_free(rules);
	globfree(&files);
}

/* "libcurl/7.88.1 OpenSSL/3.0.20" as "7.88.1". */
static const char *
number_of(const char *version, char room[64])
{
	version += strcspn(version, "0123456789");
	(void)snprintf(room, 64, "%.*s", (int)strcspn(version, " "), version);
	return room;
}

/* Asked by symbol, so that each library stays behind its fence. */
static void
check_libraries(struct doctor *d)
{
	static const struct {
		const char *name, *symbol;
	} rows[] = { { "libsodium", "sodium_version_string" }, { "zstd", "ZSTD_versionString" },
		{ "SQLite", "sqlite3_libversion" }, { "Vectorscan", "hs_version" },
		{ "libmaxminddb", "MMDB_lib_version" }, { "jansson", "jansson_version_str" },
		{ "libcurl", "curl_version" } };
	char text[512] = "", room[64];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *(*version)(void);
		*(void **)&version = dlsym(RTLD_DEFAULT, rows[i].symbol);
		if (version && n < sizeof(text))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %s", n ? ", " : "",
			    rows[i].name, number_of(version(), room));
	}
	say(d, GOOD, "%s", text);
}

static const struct {
	const char *en, *zh;
	void (*run)(struct doctor *d);
} checks[] = {
	{ "settings", "配置", check_settings },
	{ "keys", "密钥", check_keys },
	{ "folders", "目录", check_folders },
	{ "collector API", "采集端接口", check_api },
	{ "probe to collector", "探针上送", check_link },
	{ "kernel", "内核", check_kernel },
	{ "capture", "抓包", check_capture },
	{ "clock", "时钟", check_clock },
	{ "geography", "地理库", check_geo },
	{ "rules", "规则", check_rules },
	{ "libraries", "依赖库", check_libraries },
};

static void
print_report(const struct doctor *d)
{
	char bad[16], poor[16];

	(void)snprintf(bad, sizeof(bad), "%u", d->count[BAD]);
	(void)snprintf(poor, sizeof(poor), "%u", d->count[POOR]);
	table_print(d->table, d->c, stdout);
	if (d->count[BAD] + d->count[POOR])
		SAY(d->c, stdout, TEXT_DOCTOR_WRONG, bad, poor);
	else
		SAY(d->c, stdout, TEXT_DOCTOR_FINE, NULL);
}

int
cli_doctor(const struct cli *c, int argc, char **argv)
{
	const char *headings[] = { text_of(c, TEXT_STATE), text_of(c, TEXT_SUBJECT),
		text_of(c, TEXT_DETAIL) };
	struct doctor d = { .c = c, .table = table_new(headings, 3, 2), .list = json_array() };
	int code;

	log_init("wanglou", LOG_LEVEL_ERROR);
	if (!cli_no_operands(c, cli_options(c, argc, argv, NULL, 0), argv)) {
		for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
			d.subject = c->chinese ? checks[i].zh : checks[i].en;
			checks[i].run(&d);
		}
		if (c->json)
			cli_print_json(d.list);
		else
			print_report(&d);
		code = d.count[BAD] ? CLI_FAILED : CLI_WELL;
	} else {
		code = CLI_USAGE;
	}
	conf_clear(options_table(), &d.probe);
	conf_clear(collector_options_table(), &d.collector);
	table_free(d.table);
	json_decref(d.list);
	return code;
}
