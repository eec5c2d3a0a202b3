/* SPDX-License-Identifier: Apache-2.0 */
/* wanglou: the command line for people. Commands are rows of a table. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "rules.h"
#include "version.h"

static int
help(const struct cli *c, int argc, char **argv);

static int
show_version(const struct cli *c, int argc, char **argv)
{
	(void)c;
	(void)argc;
	(void)argv;
	printf("wanglou %s\n", WANGLOU_VERSION);
	return CLI_WELL;
}

const struct cli_command cli_commands[] = {
	{ "replay", "[-c PROBE.YAML] [--ship] CAPTURE...",
	    "what is in these captures, without a collector", "分析抓包文件，无需采集端",
	    cli_replay },
	{ "alerts", "[--group] [--since 24h] [--severity 1,2] [--status open] ...",
	    "the queue of alerts, newest first; --group: repeats in one row",
	    "告警队列，最新在前；--group 合并重复告警", cli_alerts },
	{ "alert", "ID [--flows N|all] [--brief]",
	    "one alert: what, to whom, how sure, proof, what next; --brief: without proof",
	    "一条告警的内容、对象、结论、依据与处置建议；--brief 不含依据", cli_alert },
	{ "settle",
	    "ID... --as open|acknowledged|false-positive|escalated [--why TEXT] [--repeats]",
	    "settle alerts, and say why; --repeats: the open ones like them too",
	    "处置告警并说明理由；--repeats 连同未处理的重复告警", cli_settle },
	{ "probes", "", "who sends us events, and what is missing", "各探针的状态与数据缺失",
	    cli_probes },
	{ "packets",
	    "[--ring DIR] [--from T] [--to T] [--host A[/LEN]] [--pair A,B] [--port N] [--proto P] "
	    "[--flow F] [--event FILE] [-w OUT] | --list | --alert ID [--evidence DIR] "
	    "[--event FILE] [-w OUT]",
	    "frames out of a probe's packet ring (on the probe's host)",
	    "从探针的报文环中提取报文（在探针主机上）", cli_packets },
	{ "keys", "new NAME [--sign] | list [--dir DIR]", "keys of probes and collectors",
	    "探针与采集端的密钥", cli_keys },
	{ "rules",
	    "check|list|search|explain|test|cost|enable|disable|drop|modify|bundle|verify ...",
	    "rule files: what is wrong in them, what they say, what they do; wanglou help rules",
	    "规则的检查、查找、解释、试运行、管理与打包；详见 wanglou help rules", cli_rules },
	{ "user",
	    "add|passwd|remove NAME | list [--data-dir DIR] [--password-file FILE] [--generate]",
	    "who may log in (on the collector's host)", "管理登录用户（在采集端主机上）",
	    cli_user },
	{ "login", "[USER] [--url URL] [--password-file FILE]", "log in at a collector",
	    "登录采集端", cli_login },
	{ "doctor", "", "what is wrong with this installation", "检查本机安装有何问题",
	    cli_doctor },
	{ "version", "", "version of this program", "版本", show_version },
	{ "help", "", "this list", "本列表", help },
	{ NULL, NULL, NULL, NULL, NULL },
};

static void
help_row(const struct cli *c, const struct cli_command *row)
{
	printf("  wanglou %s%s%s\n", row->name, row->arguments[0] ? " " : "", row->arguments);
	printf("      %s\n", c->chinese ? row->zh : row->en);
}

static const struct cli_command *
find(const char *name)
{
	const struct cli_command *row = cli_commands;

	while (row->name && strcmp(row->name, name) != 0)
		row++;
	return row->name ? row : NULL;
}

static void
help_filters(const struct cli *c)
{
	printf("\n%s\n", text_of(c, TEXT_FILTERS));
}

/* Of one command, or of all. */
static int
help(const struct cli *c, int argc, char **argv)
{
	const struct cli_command *one = argc > 0 ? find(argv[0]) : NULL;

	if (argc > 0 && !one) {
		COMPLAIN(c, TEXT_NO_COMMAND, argv[0]);
		return CLI_USAGE;
	}
	if (one) {
		help_row(c, one);
		if (one->run == cli_alerts)
			help_filters(c);
		if (one->run == cli_rules)
			rules_help(c);
		return CLI_WELL;
	}
	printf("%s\n\n",
	    c->chinese ? "用法：wanglou 命令 [参数]" : "usage: wanglou COMMAND [ARGUMENTS]");
	for (const struct cli_command *row = cli_commands; row->name; row++)
		help_row(c, row);
	printf("\n%s\n", c->chinese ? "--json 输出 JSON；WANGLOU_URL 与 WANGLOU_TOKEN_FILE "
				      "指定采集端与令牌；NO_COLOR 关闭颜色。"
				    : "--json prints JSON; WANGLOU_URL and WANGLOU_TOKEN_FILE say "
				      "which collector and token;"
				      " NO_COLOR is respected.");
	printf("%s\n",
	    c->chinese ? "退出码：0 正常；1 失败；2 用法错误；3 没有该对象或抓包损坏；4 未登录。"
		       : "Exit status: 0 well; 1 failed; 2 wrong usage; 3 no such thing, or a "
			 "damaged capture;"
			 " 4 not logged in.");
	return CLI_WELL;
}

/* As the C library chooses the language of messages: the first of these that is set. */
static bool
is_chinese(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *v = getenv(names[i]);
		if (v && v[0])
			return strncmp(v, "zh", 2) == 0;
	}
	return false;
}

static unsigned
terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	unsigned long n = columns ? strtoul(columns, NULL, 10) : 0;

	if (n >= 20 && n <= 10000)
		return (unsigned)n;
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		return size.ws_col;
	return 0;
}

/* `--json` may stand anywhere behind the command. */
static int
take_json(struct cli *c, int argc, char **argv)
{
	int kept = 0;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			c->json = true;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

int
main(int argc, char **argv)
{
	const char *no_colour = getenv("NO_COLOR");
	struct cli c = { .self = argv[0], .chinese = is_chinese(), .width = terminal_width() };
	const struct cli_command *row;
	const char *name;
	int code;

	c.colour = isatty(STDOUT_FILENO) && !(no_colour && no_colour[0]);
	argc = take_json(&c, argc - 1, argv + 1);
	if (argc < 1) {
		(void)help(&c, 0, NULL);
		return CLI_USAGE;
	}
	name = argv[1];
	if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0)
		name = "help";
	if (strcmp(name, "-V") == 0 || strcmp(name, "--version") == 0)
		name = "version";
	row = find(name);
	if (!row) {
		COMPLAIN(&c, TEXT_NO_COMMAND, name);
		return CLI_USAGE;
	}
	if (argc == 2 && (strcmp(argv[2], "-h") == 0 || strcmp(argv[2], "--help") == 0))
		code = help(&c, 1, (char *[]){ (char *)row->name, NULL });
	else
		code = row->run(&c, argc - 1, argv + 2);
	return fflush(stdout) ? CLI_FAILED : code;
}
