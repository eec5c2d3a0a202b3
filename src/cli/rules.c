/* SPDX-License-Identifier: Apache-2.0 */
/* rules: rule files looked at, explained, tried, kept. Its commands are rows of a table. */
#include "rules.h"

#include <ctype.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct cli_command commands[] = {
	{ "check", "[-c PROBE.YAML] [--brief] [--threshold FILE] [FILE...]",
	    "what is wrong in rule files and threshold.config; --brief: the sums only",
	    "检查规则文件与 threshold.config；--brief 只显示汇总", rules_check },
	{ "list",
	    "[--sid 1-9,20] [--class NAME] [--keyword NAME] [--severity 1,2] [--proto NAME] "
	    "[--action NAME] [--file PART] [--disabled|--enabled] [-c PROBE.YAML] [FILE...]",
	    "rules, one a line", "列出规则，每行一条", rules_list },
	{ "search", "WORD... [-f FILE]... [-c PROBE.YAML]",
	    "rules with all of these words: message, metadata, CVE, reference, content",
	    "按关键词查找规则：名称、元数据、CVE、参考、内容", rules_search },
	{ "explain", "SID [-c PROBE.YAML] [FILE...]", "a rule in plain words",
	    "用通俗语言解释一条规则", rules_explain },
	{ "test", "RULES CAPTURE [--sid N] [--flow N] [-c PROBE.YAML]",
	    "what fires on a capture and where; why a rule did not",
	    "在抓包上试运行规则：哪些告警、命中何处、未命中的原因", rules_test },
	{ "cost", "RULES CAPTURE [--limit N] [-c PROBE.YAML]",
	    "what rules and buffers cost on a capture", "规则与缓冲区在抓包上的开销", rules_cost },
	{ "disable", "SID|PATTERN... [--file disable.conf] [-c PROBE.YAML]",
	    "rules that are not to be loaded; also 1-9, re:, group:, metadata:",
	    "停用规则；也可用编号范围、re:、group:、metadata:", rules_disable },
	{ "enable", "SID|PATTERN... [--alone] [--file enable.conf] [-c PROBE.YAML]",
	    "rules that are to be loaded though they are disabled, with those that set bits for "
	    "them; "
	    "--alone: without these",
	    "启用被停用的规则，连同为其设置标志位的规则；--alone 只启用指定的规则", rules_enable },
	{ "drop", "SID|PATTERN... [--file drop.conf] [-c PROBE.YAML]",
	    "alerts that are to say that they would drop", "将告警规则改为“应阻断”", rules_drop },
	{ "modify", "SID|PATTERN FROM TO [--file modify.conf] [-c PROBE.YAML]",
	    "replace what the expression FROM finds in rules by TO",
	    "修改规则文本：把正则 FROM 匹配处替换为 TO", rules_modify },
	{ "bundle",
	    "DIR|FILE... [--lists DIR|FILE]... -o OUT --key NAME.key --version N "
	    "[--date YYYY-MM-DD] [--name TEXT]",
	    "rules and lists of indicators as one signed file, for networks that are on their own",
	    "把规则与威胁情报清单打包为一个签名文件，供离线网络使用", rules_bundle },
	{ "verify", "BUNDLE [--key NAME.pub] [--into DIR] [-c PROBE.YAML]",
	    "is a bundle whole and signed by this key? --into: its files",
	    "核验规则包的签名与完整性；--into 解出文件", rules_verify },
	{ NULL, NULL, NULL, NULL, NULL },
};

void
rules_help(const struct cli *c)
{
	for (const struct cli_command *row = commands; row->name; row++)
		printf("  wanglou rules %s %s\n      %s\n", row->name, row->arguments,
		    c->chinese ? row->zh : row->en);
}

int
rules_usage(const struct cli *c, const char *command)
{
	char name[64];
	for (const struct cli_command *row = commands; row->name; row++) {
		if (strcmp(row->name, command) != 0)
			continue;
		(void)snprintf(name, sizeof(name), "rules %s", row->name);
		COMPLAIN(c, TEXT_USAGE, name, row->arguments);
	}
	return CLI_USAGE;
}

int
cli_rules(const struct cli *c, int argc, char **argv)
{
	const struct cli_command *row = commands;

	while (argc > 0 && row->name && strcmp(row->name, argv[0]) != 0)
		row++;
	if (argc < 1 || !row->name)
		return cli_usage(c, "rules");
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		(void)rules_usage(c, row->name);
		return CLI_WELL;
	}
	return row->run(c, argc - 1, argv + 1);
}

/* ---- where rules come from ---- */

static void
add_file(struct rules_source *s, const char *path)
{
	s->file = reallocarray(s->file, s->n + 1, sizeof(*s->file));
	if (!s->file || !(s->file[s->n++] = strdup(path)))
		abort();
}

/* What is not there stays as it is, so that the loader names it. */
static void
add_pattern(struct rules_source *s, const char *pattern)
{
	struct stat st;
	char inside[PATH_MAX];
	glob_t found;
	bool folder = stat(pattern, &st) == 0 && S_ISDIR(st.st_mode);

	(void)snprintf(inside, sizeof(inside), "%s/*.rules", pattern);
	if (glob(folder ? inside : pattern, GLOB_NOCHECK, NULL, &found) != 0) {
		add_file(s, pattern);
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		add_file(s, found.gl_pathv[i]);
	globfree(&found);
}

int
rules_settings(struct rules_source *s, const char *config)
{
	struct err e = { "" };

	*s = (struct rules_source){ 0 };
	if (places_probe(&s->o, config, &e)) {
		cli_complain("%s", e.text);
		return CLI_USAGE;
	}
	for (size_t i = 0; i < s->o.rules_files.n; i++)
		add_pattern(s, s->o.rules_files.item[i]);
	return 0;
}

static void
forget_files(struct rules_source *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->file[i]);
	free(s->file);
	s->file = NULL;
	s->n = 0;
}

static void
on_manage(void *context, const char *file, uint32_t line, uint32_t column, const char *reason)
{
	(void)context;
	cli_complain(line ? "%s:%u:%u: %s" : "%s%.0u%.0u: %s", file, line, column, reason);
}

int
rules_open(
    struct rules_source *s, const struct cli *c, const char *config, int n, char *const *operand)
{
	struct err e = { "" };

	if (rules_settings(s, config))
		return CLI_USAGE;
	if (n) {
		forget_files(s);
		s->named = true;
		for (int i = 0; i < n; i++)
			add_pattern(s, operand[i]);
	} else if (site_open(&s->site, &s->o, 0, on_manage, NULL, &e) != 0) {
		cli_complain("%s", e.text);
		return CLI_FAILED;
	}
	if (s->n || s->site.bundle.n)
		return 0;
	COMPLAIN(c, TEXT_NO_RULE_FILES, NULL);
	return CLI_USAGE;
}

void
rules_close(struct rules_source *s)
{
	forget_files(s);
	site_close(&s->site);
	conf_clear(options_table(), &s->o);
	*s = (struct rules_source){ 0 };
}

struct match_load
rules_load(const struct rules_source *s)
{
	struct match_load load = { .files = (const char *const *)s->file,
		.file_n = s->n,
		.classification_file = s->o.rules_classification,
		.threshold_file = s->named ? NULL : s->o.rules_threshold,
		.address_vars = &s->o.vars_address,
		.port_vars = &s->o.vars_port,
		.dataset_sets = &s->o.datasets_sets,
		.dataset_dir = s->o.datasets_dir,
		.read_only = true };
	site_into(&s->site, &load);
	load.reputation = site_reputation(&s->o);
	if (s->named)
		load.reputation.n = 0;
	return load;
}

int
rules_take(int argc, char **argv, const char *name, char **value, int *value_n)
{
	int kept = 0;
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], name) != 0 || i + 1 == argc || *value_n == RULES_TAKE_MAX)
			argv[kept++] = argv[i];
		else
			value[(*value_n)++] = argv[++i];
	}
	return kept;
}

/* ---- words ---- */

bool
rules_in_ranges(const char *ranges, uint32_t n)
{
	while (*ranges) {
		char *end;
		unsigned long low = strtoul(ranges, &end, 10), high = low;
		if (*end == '-')
			high = strtoul(end + 1, &end, 10);
		if (n >= low && n <= high)
			return true;
		ranges = end + strcspn(end, ",");
		ranges += *ranges == ',';
	}
	return false;
}

bool
rules_in_words(const char *words, const char *word, size_t len)
{
	while (*words) {
		size_t n = strcspn(words, ",");
		if (n == len && strncasecmp(words, word, n) == 0)
			return true;
		words += n + (words[n] == ',');
	}
	return false;
}
